package pennyweight.converter.source;

import java.util.List;
import pennyweight.converter.dialect.Transform;
import pennyweight.converter.work.PlaneBuffers;
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
        read(first, count, new PlaneBuffers(), target);
    }

    /** As {@link #read(long, int, float[])}, through a worker's buffers. */
    public void read(long first, int count, PlaneBuffers buffers, float[] target) {
        byte[][] bytes = buffers.of(encoding, count, columns);
        for (int p = 0; p < planes.size(); p++) {
            long rowBytes = encoding.rowBytes(p, columns);
            Location at = planes.get(p);
            at.file()
                    .read(
                            at.offset() + first * rowBytes,
                            bytes[p],
                            0,
                            Math.toIntExact(count * rowBytes));
        }
        encoding.decode(bytes, count, columns, target);
    }

    /**
     * Decodes the rows that {@code transform} makes rows {@code [first, first + count)} of its
     * target from. Their numbers and columns stay as they are.
     */
    public void read(Transform transform, long first, int count, float[] target) {
        if (transform.rows() == null) {
            read(first, count, target);
            return;
        }
        float[] row = new float[columns];
        for (int r = 0; r < count; r++) {
            read(transform.sourceRow(first + r), 1, row);
            System.arraycopy(row, 0, target, r * columns, columns);
        }
    }
}
