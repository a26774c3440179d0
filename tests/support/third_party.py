"""Other people's code that verifies what ours has signed. Import it where it may be missing."""
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, utils

HASHES = {-7: hashes.SHA256(), -35: hashes.SHA384(), -36: hashes.SHA512(), -257: hashes.SHA256(),
          -37: hashes.SHA256()}


def verify_cose(key, number, signature, signed):
    """Raises if the key did not sign; `number` is COSE's of the algorithm."""
    if isinstance(key, ed25519.Ed25519PublicKey):
        return key.verify(signature, signed)
    if isinstance(key, ec.EllipticCurvePublicKey):
        half = len(signature) // 2
        numbers = [int.from_bytes(each, "big") for each in (signature[:half], signature[half:])]
        return key.verify(utils.encode_dss_signature(*numbers), signed, ec.ECDSA(HASHES[number]))
    pad = padding.PKCS1v15()
    if number == -37:
        pad = padding.PSS(padding.MGF1(HASHES[number]), HASHES[number].digest_size)
    return key.verify(signature, signed, pad, HASHES[number])
