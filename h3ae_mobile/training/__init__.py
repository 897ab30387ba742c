"""Training of the autoencoder (paper Sec. 3.2, 3.3 and 4); needs the extra ``train``."""
