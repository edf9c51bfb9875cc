"""Check that llama.cpp splits text as a tokenizer.json does: names of pre-tokenizers and the structures they stand for.

usage: pre_tokenizers.py STRUCTURES.json VOCAB.gguf TEXT LLAMA_TOKENIZE
STRUCTURES: {name: {"pre_tokenizer": ..., "ignore_merges": ...}}. VOCAB: a byte-level vocabulary, such as llama.cpp's models/ggml-vocab-gpt-2.gguf.
TEXT: such as llama.cpp's models/ggml-vocab-qwen35.gguf.inp. LLAMA_TOKENIZE: the tool. Prints, for each name, whether the text gets the same ids
from the tokenizers library with this structure and from llama.cpp with this name.
Needs: tokenizers, and llama.cpp's gguf-py on PYTHONPATH.
"""
import json, subprocess, sys, tempfile
import gguf
from tokenizers import Tokenizer

structures, vocab, text, tool = json.load(open(sys.argv[1], encoding="utf-8")), *sys.argv[2:5]
fields = {f.name: f.contents() for f in gguf.GGUFReader(vocab).fields.values()}
tokens, merges = fields["tokenizer.ggml.tokens"], fields["tokenizer.ggml.merges"]
for name, structure in structures.items():
    model = dict(type="BPE", dropout=None, unk_token=None, continuing_subword_prefix=None, end_of_word_suffix=None, fuse_unk=False, byte_fallback=False,
                 ignore_merges=structure["ignore_merges"], vocab={t: i for i, t in enumerate(tokens)}, merges=merges)
    ours = Tokenizer.from_str(json.dumps(dict(version="1.0", truncation=None, padding=None, added_tokens=[], normalizer=None,
        pre_tokenizer=structure["pre_tokenizer"], post_processor=None, decoder=None, model=model)))
    with tempfile.TemporaryDirectory() as folder:
        file = folder + "/vocab.gguf"
        writer = gguf.GGUFWriter(file, "llama")
        writer.add_tokenizer_model("gpt2"); writer.add_tokenizer_pre(name)
        writer.add_token_list(tokens); writer.add_token_types([1] * len(tokens)); writer.add_token_merges(merges)
        writer.add_bos_token_id(0); writer.add_eos_token_id(0); writer.add_add_bos_token(False)
        for key in ("context_length", "embedding_length", "feed_forward_length", "block_count", "head_count"): getattr(writer, "add_" + key)(1)
        writer.add_layer_norm_rms_eps(1e-5)
        writer.write_header_to_file(); writer.write_kv_data_to_file(); writer.close()
        out = subprocess.run([tool, "-m", file, "-f", text, "--ids", "--no-bos", "--no-escape", "--no-parse-special", "--log-disable"],
                             capture_output=True, check=True).stdout
    theirs, mine = json.loads(out), ours.encode(open(text, encoding="utf-8", newline="").read()).ids
    at = next((i for i, (a, b) in enumerate(zip(theirs, mine)) if a != b), None)
    where = "" if theirs == mine else f"differ at {at}: {[tokens[i] for i in theirs[max(at - 3, 0):at + 5]]}, not {[tokens[i] for i in mine[max(at - 3, 0):at + 5]]}"
    print(name, f"{len(mine)} ids", where or "equal", flush=True)
