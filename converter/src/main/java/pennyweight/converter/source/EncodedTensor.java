package pennyweight.converter.source;

import java.util.List;
import pennyweight.formats.io.InputFile;
import pennyweight.quantizer.encoding.Encoding;

/** Rows in some encoding, read by position from the planes that hold them. */
public record EncodedTensor(Encoding encoding, long rows, int columns, List<Location> planes)
        implements StoredTensor {
    /** Where a plane's first row begins. */
    public record Location(InputFile file, long offset) {}

    public EncodedTensor {
        planes = List.copyOf(planes);
    }

    @Override
    public void read(long first, int count, float[] target) {
        encoding.decode(bytes(first, count), count, columns, target);
    }

    /** The bytes of rows {@code [first, first + count)}, one array a plane. */
    public byte[][] bytes(long first, int count) {
        byte[][] bytes = new byte[planes.size()][];
        for (int p = 0; p < bytes.length; p++) {
            long rowBytes = encoding.rowBytes(p, columns);
            Location at = planes.get(p);
            bytes[p] =
                    at.file()
                            .read(
                                    at.offset() + first * rowBytes,
                                    Math.toIntExact(count * rowBytes));
        }
        return bytes;
    }
}
