package pennyweight.converter.verify.onnx;

import pennyweight.quantizer.encoding.Plain;

/**
 * Rows of quantized blocks, number {@code scale * (code - middle)}; the last block of a row may be
 * padded.
 */
final class BlockRows implements RowSource {
    private final Stored codes;
    private final Stored scales;
    private final int rows;
    private final int columns;
    private final Blocks blocks;

    BlockRows(Stored codes, Stored scales, int rows, int columns, Blocks blocks) {
        this.codes = codes;
        this.scales = scales;
        this.rows = rows;
        this.columns = columns;
        this.blocks = blocks;
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int columns() {
        return columns;
    }

    @Override
    public void read(int first, int count, float[] target) {
        int perRow = Math.ceilDiv(columns, blocks.size());
        int n = Math.multiplyExact(count, perRow);
        byte[] packed = new byte[Math.multiplyExact(n, blocks.bytes())];
        codes.read((long) first * perRow * blocks.bytes(), packed, packed.length);
        byte[] scaleBytes = new byte[n * Float.BYTES];
        scales.read((long) first * perRow * Float.BYTES, scaleBytes, scaleBytes.length);
        float[] scale = new float[n];
        Plain.Type.F32.widen(scaleBytes, 0, scale, 0, n);
        for (int b = 0; b < n; b++) {
            int column = b % perRow * blocks.size();
            int at = b / perRow * columns + column;
            int size = Math.min(blocks.size(), columns - column);
            for (int i = 0; i < size; i++) {
                int code = blocks.code(packed, b * blocks.bytes(), i);
                target[at + i] = scale[b] * (code - blocks.middle());
            }
        }
    }
}
