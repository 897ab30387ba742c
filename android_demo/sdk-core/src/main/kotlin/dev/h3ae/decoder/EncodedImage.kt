package dev.h3ae.decoder

import dev.h3ae.tensor.Tensor

/**
 * What the image encoder makes of a first frame.
 *
 * @property latents `[1, Z, H', W']`, normalised: the first latent frame of any video that begins with the image.
 * @property features first-frame features (Eq. 1 of the paper), by the names of the decoder's inputs.
 */
public class EncodedImage(
    public val latents: Tensor,
    public val features: Map<String, Tensor>,
)
