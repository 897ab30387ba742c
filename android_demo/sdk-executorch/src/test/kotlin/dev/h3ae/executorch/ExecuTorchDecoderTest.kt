package dev.h3ae.executorch

import dev.h3ae.testing.DecoderContract

class ExecuTorchDecoderTest : DecoderContract() {
    override val engine = ExecuTorchEngine("1.5.1")
}
