"""One digest a file of what llama.cpp made of the checkpoint with odd rows.

usage: odd_digests.py FILE.gguf... > odd/gguf.json
A file's record is named like the file, without its ending: Q4_K_M, imatrix-Q4_K_M, mmproj-F16. The digest is of a line for
each tensor but ssm_a: name, type, SHA-256 of its bytes. Needs: gguf, numpy.
"""
import hashlib, json, os, sys
import numpy as np
from gguf import GGUFReader

records = {}
for path in sys.argv[1:]:
    tensors, digest = GGUFReader(path).tensors, hashlib.sha256()
    for t in tensors:
        if not t.name.endswith("ssm_a"):
            own = hashlib.sha256(np.ascontiguousarray(t.data).tobytes()).hexdigest()
            digest.update(f"{t.name} {t.tensor_type.name} {own}\n".encode())
    records[os.path.basename(path).removesuffix(".gguf")] = {"tensors": len(tensors), "sha256": digest.hexdigest()}
json.dump(records, sys.stdout, indent=1)
