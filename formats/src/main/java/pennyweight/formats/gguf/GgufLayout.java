package pennyweight.formats.gguf;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import pennyweight.formats.Bytes;
import pennyweight.formats.Shape;

/**
 * What a GGUF v3 file with given metadata and tensors looks like before any tensor is written: its
 * header, where each tensor begins, and the length of the whole.
 *
 * <p>Alignment is always 32, and {@code general.alignment} is never written: llama-quantize copies
 * that key but pads with 32, so a file with another alignment does not survive it.
 */
public final class GgufLayout {
    /** The alignment of the data section and of every tensor in it, in bytes. */
    public static final int ALIGNMENT = 32;

    /** Names are at most this long in UTF-8 bytes (llama.cpp's {@code GGML_MAX_NAME} - 1). */
    public static final int MAX_NAME_BYTES = 63;

    static final int MAX_DIMENSIONS = 4;
    static final String ALIGNMENT_KEY = "general.alignment";
    static final int MAGIC = 0x46554747;
    static final int VERSION = 3;

    /**
     * A tensor to be laid out.
     *
     * @param shape outermost dimension first
     */
    public record Entry(String name, GgufType type, Shape shape) {
        /**
         * The length in bytes, without padding.
         *
         * @throws IllegalArgumentException if a row is not a whole number of blocks
         * @throws ArithmeticException if it exceeds 2^63 - 1
         */
        public long bytes() {
            return Math.multiplyExact(shape.rows(), type.rowBytes(shape.columns()));
        }
    }

    private final Bytes header;
    private final List<GgufTensor> tensors;
    private final long fileBytes;

    private GgufLayout(Bytes header, List<GgufTensor> tensors, long fileBytes) {
        this.header = header;
        this.tensors = tensors;
        this.fileBytes = fileBytes;
    }

    /**
     * Lays out a file; both orders are kept.
     *
     * @throws IllegalArgumentException if llama.cpp would refuse the file: a name that is empty,
     *     too long or there twice, no dimension or more than 4, no elements, a row that is no
     *     multiple of its type's block; or if {@code general.alignment} is among the keys
     */
    public static GgufLayout of(SequencedMap<String, GgufValue> metadata, List<Entry> entries) {
        LittleEndian out = new LittleEndian(1 << 16);
        out.i32(MAGIC);
        out.i32(VERSION);
        out.i64(entries.size());
        out.i64(metadata.size());
        for (Map.Entry<String, GgufValue> kv : metadata.entrySet()) {
            if (kv.getKey().isEmpty() || kv.getKey().equals(ALIGNMENT_KEY)) {
                throw new IllegalArgumentException("key '" + kv.getKey() + "' is never written");
            }
            pair(out, kv.getKey(), kv.getValue());
        }
        long relative = 0;
        List<GgufTensor> placed = new ArrayList<>(entries.size());
        Set<String> names = new HashSet<>();
        for (Entry e : entries) {
            check(e, names);
            long bytes = e.bytes();
            info(out, e, relative);
            placed.add(new GgufTensor(e.name, e.type, e.shape, relative, bytes));
            relative = Math.addExact(relative, padded(bytes, ALIGNMENT));
        }
        while (out.size() % ALIGNMENT != 0) {
            out.u8(0);
        }
        Bytes header = out.toBytes();
        List<GgufTensor> absolute =
                placed.stream()
                        .map(t ->
                                new GgufTensor(
                                        t.name(),
                                        t.type(),
                                        t.shape(),
                                        header.length() + t.offset(),
                                        t.bytes()))
                        .toList();
        return new GgufLayout(header, absolute, Math.addExact(relative, header.length()));
    }

    /** Everything before the tensors' data, padded. */
    public Bytes header() {
        return header;
    }

    /** The length of the header in bytes; the data begin there. */
    public int headerBytes() {
        return header.length();
    }

    /** The tensors in the order given, with offsets from the start of the file. */
    public List<GgufTensor> tensors() {
        return tensors;
    }

    /** The length of the file; the last tensor is padded too. */
    public long fileBytes() {
        return fileBytes;
    }

    /**
     * {@code bytes} rounded up to a multiple of {@code alignment}, a power of two.
     *
     * @throws ArithmeticException if the result exceeds 2^63 - 1
     */
    static long padded(long bytes, long alignment) {
        return Math.addExact(bytes, alignment - 1) & -alignment;
    }

    private static void check(Entry e, Set<String> names) {
        int length = LittleEndian.utf8(e.name).length;
        if (length == 0 || length > MAX_NAME_BYTES) {
            throw new IllegalArgumentException(
                    "tensor name '" + e.name + "' has " + length + " bytes, not 1 to 63");
        }
        if (!names.add(e.name)) {
            throw new IllegalArgumentException("tensor " + e.name + " is there twice");
        }
        if (e.shape.rank() < 1 || e.shape.rank() > MAX_DIMENSIONS) {
            throw new IllegalArgumentException(
                    "tensor " + e.name + " has " + e.shape.rank() + " dimensions, not 1 to 4");
        }
        if (e.shape.dimensions().contains(0L)) {
            throw new IllegalArgumentException("tensor " + e.name + " of " + e.shape + " is empty");
        }
    }

    private static void info(LittleEndian out, Entry e, long relative) {
        out.string(e.name);
        out.i32(e.shape.rank());
        for (long d : e.shape.dimensions().reversed()) {
            out.i64(d);
        }
        out.i32(e.type.id());
        out.i64(relative);
    }

    private static void pair(LittleEndian out, String key, GgufValue value) {
        out.string(key);
        out.i32(value.type().id());
        value(out, value);
    }

    private static void value(LittleEndian out, GgufValue value) {
        switch (value) {
            case GgufValue.U8 v -> out.u8(v.value());
            case GgufValue.I8 v -> out.u8(v.value());
            case GgufValue.U16 v -> out.i16(v.value());
            case GgufValue.I16 v -> out.i16(v.value());
            case GgufValue.U32 v -> out.i32((int) v.value());
            case GgufValue.I32 v -> out.i32(v.value());
            case GgufValue.F32 v -> out.i32(Float.floatToRawIntBits(v.value()));
            case GgufValue.Bool v -> out.u8(v.value() ? 1 : 0);
            case GgufValue.Text v -> out.string(v.value());
            case GgufValue.U64 v -> out.i64(v.value());
            case GgufValue.I64 v -> out.i64(v.value());
            case GgufValue.F64 v -> out.i64(Double.doubleToRawLongBits(v.value()));
            case GgufValue.Strings v -> {
                out.i32(GgufValueType.STRING.id());
                out.i64(v.values().size());
                v.values().forEach(out::string);
            }
            case GgufValue.Numbers v -> {
                out.i32(v.element().id());
                out.i64(v.size());
                out.raw(v.raw());
            }
        }
    }
}
