"""RFC 6238 by itself, so that it is not liboath that is held against liboath."""
import base64
import hashlib
import hmac
import struct
import time


def code_of(secret, steps=0, clock=0):
    """@p secret in base32; @p clock: seconds that the program's clock is ahead."""
    counter = int(time.time() + clock) // 30 + steps
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", counter), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7fffffff) % 1000000:06}"


def settle():
    """Not at the end of a step, so that a code is still that one when it is looked at."""
    while time.time() % 30 > 24:
        time.sleep(0.5)
