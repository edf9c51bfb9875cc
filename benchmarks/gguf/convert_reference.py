"""llama.cpp's converter on a checkpoint whose tokenizer it does not know by its hash: the pre-tokenizer is said to be Qwen3.5's.

usage: LLAMA_CPP=SOURCE_TREE convert_reference.py CHECKPOINT --outfile OUT.gguf [OPTIONS OF convert_hf_to_gguf.py]
"""

import os
import sys

sys.path.insert(1, os.environ["LLAMA_CPP"])
import convert_hf_to_gguf
from conversion.base import TextModel

TextModel.get_vocab_base_pre = lambda self, tokenizer: "qwen35"
convert_hf_to_gguf.main()
