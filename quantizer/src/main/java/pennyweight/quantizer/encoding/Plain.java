package pennyweight.quantizer.encoding;

/** Numbers stored one by one. Filled in by its own change. */
public record Plain(Type type) implements Encoding {
    public enum Type {
        F32,
        F16,
        BF16
    }

    @Override
    public String label() {
        return type.name();
    }

    @Override
    public int bits() {
        return type == Type.F32 ? 32 : 16;
    }

    @Override
    public int planes() {
        return 1;
    }

    @Override
    public boolean takes(long columns) {
        return true;
    }

    @Override
    public long rowBytes(int plane, long columns) {
        return columns * bits() / 8;
    }

    @Override
    public void encode(float[] values, int rows, int columns, byte[][] planes) {
        throw new IllegalStateException("draft");
    }

    @Override
    public void decode(byte[][] planes, int rows, int columns, float[] values) {
        throw new IllegalStateException("draft");
    }
}
