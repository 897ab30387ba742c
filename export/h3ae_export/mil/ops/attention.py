"""The fused attention operation of iOS 18."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from h3ae_export.mil.ops.call import Call
from h3ae_export.mil.ops.registry import kernel


@kernel("scaled_dot_product_attention")
def _attention(call: Call) -> Tensor:
    # One operation, hence one rounding: scores and softmax stay in float32 inside it.
    return F.scaled_dot_product_attention(
        call.tensor("query"),
        call.tensor("key"),
        call.tensor("value"),
        attn_mask=call.optional("attn_mask"),
    )
