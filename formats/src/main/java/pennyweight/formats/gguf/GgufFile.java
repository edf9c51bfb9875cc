package pennyweight.formats.gguf;

import java.io.Closeable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;
import pennyweight.formats.io.InputFile;

/**
 * A GGUF file opened for reading. The header is read and checked by the rules that llama.cpp's
 * reader has (ggml {@code src/gguf.cpp}, {@code gguf_init_from_reader}) and its loader adds; the
 * data are read by whoever wants them, from {@link #input()}. Stricter than that reader in what no
 * tool writes: tensors without a name, a dimension or an element, and texts that are not UTF-8.
 */
public final class GgufFile implements Closeable {
    private static final int MIN_PAIR_BYTES = 8 + 1 + 4 + 1;
    private static final int MIN_TENSOR_BYTES = 8 + 1 + 4 + 4 + 8;
    private static final long MAX_ARRAY_ELEMENTS = 1L << 30;

    private final InputFile input;
    private final GgufMetadata metadata;
    private final Map<String, GgufTensor> tensors;

    private GgufFile(InputFile input, GgufMetadata metadata, Map<String, GgufTensor> tensors) {
        this.input = input;
        this.metadata = metadata;
        this.tensors = tensors;
    }

    /**
     * Opens a file of version 2 or 3, little-endian.
     *
     * @throws Refusal if it is missing, no GGUF, of another version or byte order, or breaks a rule
     */
    public static GgufFile open(Path path) {
        InputFile input = InputFile.open(path);
        try {
            return new Header(path, input.size(), input::read).read(input);
        } catch (RuntimeException e) {
            input.close();
            throw e;
        }
    }

    /**
     * The metadata alone, of a header that is in memory.
     *
     * @param path what messages name it
     */
    public static GgufMetadata metadata(Path path, byte[] header) {
        return new Header(
                        path,
                        header.length,
                        (position, target, offset, length) ->
                                System.arraycopy(
                                        header, Math.toIntExact(position), target, offset, length))
                .metadata();
    }

    public GgufMetadata metadata() {
        return metadata;
    }

    /** The tensors in the file's order. */
    public List<GgufTensor> tensors() {
        return List.copyOf(tensors.values());
    }

    public Optional<GgufTensor> tensor(String name) {
        return Optional.ofNullable(tensors.get(name));
    }

    /** The file itself, for reading data at the tensors' offsets. */
    public InputFile input() {
        return input;
    }

    @Override
    public void close() {
        input.close();
    }

    /** The parts of one reading of a header. */
    private static final class Header {
        private final HeaderCursor in;
        private final long size;
        private long tensorCount;

        Header(Path path, long size, HeaderCursor.Source source) {
            this.in = new HeaderCursor(path, size, source);
            this.size = size;
        }

        GgufFile read(InputFile input) {
            GgufMetadata metadata = metadata();
            return new GgufFile(input, metadata, tensors(tensorCount, alignment(metadata)));
        }

        GgufMetadata metadata() {
            version();
            tensorCount = in.i64("tensor count");
            long pairCount = in.i64("key count");
            in.require(tensorCount, MIN_TENSOR_BYTES, "tensor list");
            in.require(pairCount, MIN_PAIR_BYTES, "metadata");
            return new GgufMetadata(in.path(), pairs(pairCount));
        }

        private void version() {
            if (in.i32("magic") != GgufLayout.MAGIC) {
                throw Refusal.badInput(in.path(), "does not begin with GGUF", "give a GGUF file");
            }
            int version = in.i32("version");
            if (version != 0 && (version & 0xFFFF) == 0) {
                throw Refusal.notSupported(
                        in.path(),
                        "is a big-endian GGUF",
                        "convert it to little-endian with gguf_convert_endian");
            }
            if (version != 2 && version != GgufLayout.VERSION) {
                throw Refusal.notSupported(
                        in.path(),
                        "is of GGUF version " + Integer.toUnsignedString(version),
                        "only versions 2 and 3 are read: write it again with a current tool");
            }
        }

        private SequencedMap<String, GgufValue> pairs(long count) {
            SequencedMap<String, GgufValue> pairs = new LinkedHashMap<>();
            for (long i = 0; i < count; i++) {
                String key = in.string("key");
                if (key.isEmpty()) {
                    throw in.refuse("metadata key " + i + " is empty");
                }
                GgufValue value = value(key, valueType(key));
                if (pairs.put(key, value) != null) {
                    throw in.refuse("metadata key " + HeaderCursor.shown(key) + " is there twice");
                }
            }
            return pairs;
        }

        private GgufValueType valueType(String key) {
            String shown = HeaderCursor.shown(key);
            int id = in.i32("type of " + shown);
            return GgufValueType.ofId(id)
                    .orElseThrow(
                            () -> in.refuse("metadata key " + shown + " has unknown type " + id));
        }

        private GgufValue value(String key, GgufValueType type) {
            String what = "value of " + HeaderCursor.shown(key);
            return switch (type) {
                case U8 -> new GgufValue.U8(in.u8(what));
                case I8 -> new GgufValue.I8((byte) in.u8(what));
                case U16 -> new GgufValue.U16(in.i16(what) & 0xFFFF);
                case I16 -> new GgufValue.I16(in.i16(what));
                case U32 -> new GgufValue.U32(in.i32(what) & 0xFFFF_FFFFL);
                case I32 -> new GgufValue.I32(in.i32(what));
                case F32 -> new GgufValue.F32(Float.intBitsToFloat(in.i32(what)));
                case BOOL -> new GgufValue.Bool(in.u8(what) != 0);
                case STRING -> new GgufValue.Text(in.string(what));
                case ARRAY -> array(key, what);
                case U64 -> new GgufValue.U64(in.i64(what));
                case I64 -> new GgufValue.I64(in.i64(what));
                case F64 -> new GgufValue.F64(Double.longBitsToDouble(in.i64(what)));
            };
        }

        private GgufValue array(String key, String what) {
            GgufValueType element = valueType(key);
            if (element == GgufValueType.ARRAY) {
                throw in.refuse(what + " is an array of arrays");
            }
            long count = in.i64(what);
            int each = element == GgufValueType.STRING ? 8 : element.bytes();
            if (count > MAX_ARRAY_ELEMENTS) {
                throw in.refuse(what + " claims " + count + " elements");
            }
            in.require(count, each, what);
            if (element != GgufValueType.STRING) {
                return new GgufValue.Numbers(element, in.raw(count * each, what));
            }
            List<String> strings = new ArrayList<>((int) count);
            for (long i = 0; i < count; i++) {
                strings.add(in.string(what));
            }
            return new GgufValue.Strings(strings);
        }

        private long alignment(GgufMetadata metadata) {
            long alignment =
                    metadata.optionalU32(GgufLayout.ALIGNMENT_KEY).orElse(GgufLayout.ALIGNMENT);
            if (Long.bitCount(alignment) != 1) {
                throw in.refuse("general.alignment is " + alignment + ", no power of two");
            }
            return alignment;
        }

        private Map<String, GgufTensor> tensors(long count, long alignment) {
            List<GgufTensor> relative = new ArrayList<>();
            long next = 0;
            for (long i = 0; i < count; i++) {
                GgufTensor t = tensor();
                if (t.offset() != next) {
                    throw refuse(
                            t.name(),
                            "lies at " + t.offset() + " of the data, where " + next + " is due");
                }
                relative.add(t);
                next = t.offset() + t.bytes();
                if (next < 0 || next > size) {
                    throw refuse(t.name(), "ends beyond the file's " + size + " bytes");
                }
                next = GgufLayout.padded(next, alignment);
            }
            long start = GgufLayout.padded(in.position(), alignment);
            Map<String, GgufTensor> tensors = new LinkedHashMap<>();
            for (GgufTensor t : relative) {
                long offset = start + t.offset();
                if (offset + t.bytes() > size) {
                    throw refuse(t.name(), "ends beyond the file's " + size + " bytes");
                }
                GgufTensor placed =
                        new GgufTensor(t.name(), t.type(), t.shape(), offset, t.bytes());
                if (tensors.put(t.name(), placed) != null) {
                    throw refuse(t.name(), "is there twice");
                }
            }
            return Collections.unmodifiableMap(tensors);
        }

        private GgufTensor tensor() {
            String name = in.string("tensor name");
            int length = name.getBytes(StandardCharsets.UTF_8).length;
            if (length == 0 || length > GgufLayout.MAX_NAME_BYTES) {
                throw in.refuse(
                        "a tensor's name before byte "
                                + in.position()
                                + " has not 1 to "
                                + GgufLayout.MAX_NAME_BYTES
                                + " bytes");
            }
            if (name.indexOf('\0') >= 0) {
                throw refuse(name, "has a zero byte in its name");
            }
            String shown = HeaderCursor.shown(name);
            int rank = in.i32("dimensions of " + shown);
            if (rank < 1 || rank > GgufLayout.MAX_DIMENSIONS) {
                throw refuse(
                        name, "has " + Integer.toUnsignedString(rank) + " dimensions, not 1 to 4");
            }
            List<Long> dimensions = new ArrayList<>();
            for (int i = 0; i < rank; i++) {
                long d = in.i64("dimensions of " + shown);
                if (d < 1) {
                    throw refuse(name, "has a dimension of " + d);
                }
                dimensions.addFirst(d);
            }
            Shape shape = new Shape(dimensions);
            int id = in.i32("type of " + shown);
            GgufType type =
                    GgufType.ofId(id)
                            .orElseThrow(() -> refuse(name, "has unknown or retired type " + id));
            if (!type.takes(shape.columns())) {
                throw refuse(
                        name,
                        "has rows of "
                                + shape.columns()
                                + ", no multiple of "
                                + type
                                + "'s "
                                + type.blockElements());
            }
            long offset = in.i64("offset of " + shown);
            return new GgufTensor(name, type, shape, offset, bytes(name, type, shape));
        }

        private long bytes(String name, GgufType type, Shape shape) {
            try {
                return Math.multiplyExact(shape.rows(), type.rowBytes(shape.columns()));
            } catch (ArithmeticException e) {
                throw Refusal.badInput(
                        in.path(),
                        "tensor "
                                + HeaderCursor.shown(name)
                                + ": shape "
                                + shape
                                + " has more than 2^63 elements",
                        "the file is damaged: get it again",
                        e);
            }
        }

        private Refusal refuse(String tensor, String problem) {
            return Refusal.badTensor(
                    in.path(),
                    HeaderCursor.shown(tensor),
                    problem,
                    "the file is damaged: get it again");
        }
    }
}
