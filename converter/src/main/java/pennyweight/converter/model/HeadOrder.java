package pennyweight.converter.model;

/**
 * How the value heads of a delta net are ordered where they outnumber the key heads. It decides
 * which key head a value head reads, and the order of the rows (or columns) of every tensor that
 * has one for each value head.
 */
public enum HeadOrder {
    /** The value heads that share a key head follow each other: Hugging Face, MLX, ONNX. */
    GROUPED {
        @Override
        public int keyHead(int valueHead, int keyHeads, int valueHeads) {
            return valueHead / (valueHeads / keyHeads);
        }
    },
    /** The key heads repeat: GGUF's qwen35 (llama.cpp {@code conversion/qwen.py}). */
    TILED {
        @Override
        public int keyHead(int valueHead, int keyHeads, int valueHeads) {
            return valueHead % keyHeads;
        }
    };

    /** The key head that {@code valueHead} reads. */
    public abstract int keyHead(int valueHead, int keyHeads, int valueHeads);
}
