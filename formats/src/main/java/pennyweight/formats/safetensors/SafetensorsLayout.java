package pennyweight.formats.safetensors;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import pennyweight.formats.Bytes;
import pennyweight.formats.DType;
import pennyweight.formats.Shape;
import pennyweight.formats.TensorEntry;
import tools.jackson.core.JsonEncoding;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Where everything lies in a safetensors file to be written: the header, then the data of the
 * tensors in the order given, without gaps.
 */
public final class SafetensorsLayout {
    /** A tensor to be written. */
    public record Tensor(String name, DType dtype, Shape shape) {
        /**
         * Length of the data.
         *
         * @throws ArithmeticException if it exceeds 2^63 - 1
         */
        public long bytes() {
            return Math.multiplyExact(shape.elements(), (long) dtype.bytes());
        }
    }

    private static final JsonFactory FACTORY = new JsonFactory();

    private final List<Tensor> tensors;
    private final long[] offsets;
    private final Bytes header;
    private final long fileSize;

    private SafetensorsLayout(List<Tensor> tensors, long[] offsets, Bytes header, long fileSize) {
        this.tensors = tensors;
        this.offsets = offsets;
        this.header = header;
        this.fileSize = fileSize;
    }

    /**
     * Lays out {@code tensors} in their order.
     *
     * @param metadata strings under {@code __metadata__}, in the map's order; left out where empty
     * @throws IllegalArgumentException where two tensors have one name, a tensor is called {@code
     *     __metadata__}, or the header would be too long for a reader
     */
    public static SafetensorsLayout of(List<Tensor> tensors, Map<String, String> metadata) {
        Set<String> names = new HashSet<>();
        for (Tensor t : tensors) {
            if (!names.add(t.name()) || t.name().equals(SafetensorsFormat.METADATA)) {
                throw new IllegalArgumentException("tensor name used twice: " + t.name());
            }
        }
        Bytes header = header(tensors, metadata);
        long[] offsets = new long[tensors.size()];
        long at = header.length();
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = at;
            at = Math.addExact(at, tensors.get(i).bytes());
        }
        return new SafetensorsLayout(List.copyOf(tensors), offsets, header, at);
    }

    private static Bytes header(List<Tensor> tensors, Map<String, String> metadata) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[SafetensorsFormat.LENGTH_BYTES]);
        try (JsonGenerator json =
                FACTORY.createGenerator(ObjectWriteContext.empty(), out, JsonEncoding.UTF8)) {
            json.writeStartObject();
            if (!metadata.isEmpty()) {
                json.writeObjectPropertyStart(SafetensorsFormat.METADATA);
                metadata.forEach(json::writeStringProperty);
                json.writeEndObject();
            }
            long at = 0;
            for (Tensor t : tensors) {
                long end = Math.addExact(at, t.bytes());
                json.writeObjectPropertyStart(t.name());
                json.writeStringProperty(SafetensorsFormat.DTYPE, t.dtype().name());
                json.writeArrayPropertyStart(SafetensorsFormat.SHAPE);
                t.shape().dimensions().forEach(json::writeNumber);
                json.writeEndArray();
                json.writeArrayPropertyStart(SafetensorsFormat.OFFSETS);
                json.writeNumber(at);
                json.writeNumber(end);
                json.writeEndArray();
                json.writeEndObject();
                at = end;
            }
            json.writeEndObject();
        }
        while (out.size() % SafetensorsFormat.ALIGNMENT != 0) {
            out.write(' ');
        }
        byte[] header = out.toByteArray();
        int length = header.length - SafetensorsFormat.LENGTH_BYTES;
        if (length >= SafetensorsFormat.MAX_HEADER_BYTES) {
            throw new IllegalArgumentException("a header of " + length + " bytes is too long");
        }
        ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length);
        return Bytes.of(header);
    }

    /** The first bytes of the file: the length field and the padded header. */
    public Bytes header() {
        return header;
    }

    public List<Tensor> tensors() {
        return tensors;
    }

    /** Where the data of tensor {@code index} begins, from the start of the file. */
    public long offset(int index) {
        return offsets[index];
    }

    /** Length of the whole file. */
    public long fileSize() {
        return fileSize;
    }

    /** The tensors as a reader of {@code file} will find them. */
    public List<TensorEntry> entries(Path file) {
        List<TensorEntry> entries = new ArrayList<>();
        for (int i = 0; i < offsets.length; i++) {
            Tensor t = tensors.get(i);
            entries.add(
                    new TensorEntry(t.name(), t.dtype(), t.shape(), file, offsets[i], t.bytes()));
        }
        return List.copyOf(entries);
    }
}
