package dev.h3ae.ort

import dev.h3ae.testing.DecoderContract

class OrtDecoderTest : DecoderContract() {
    override val engine = OrtEngine()
}
