package pennyweight.converter.run;

import java.io.Closeable;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import pennyweight.converter.plan.Plane;
import pennyweight.formats.Bytes;
import pennyweight.formats.Refusal;
import pennyweight.formats.io.InputFile;
import pennyweight.formats.io.OutputFile;
import pennyweight.formats.io.RunningSha256;

/**
 * A file that workers write planes of tensors into, in any order, and digest meanwhile: what is
 * whole from the file's start on cannot change any more.
 */
final class GrowingFile implements Closeable {
    /** Fewer bytes are not worth a turn. */
    private static final long LEAST = 1 << 20;

    /** More bytes would keep a worker too long from what it is there for. */
    private static final long MOST = 1 << 23;

    /** A plane's place in the file, and how many of its rows are missing yet. */
    final class Place {
        private final Plane plane;
        private final AtomicLong missing;

        /** The file that the place is in. */
        GrowingFile file() {
            return GrowingFile.this;
        }

        private Place(Plane plane) {
            this.plane = plane;
            this.missing = new AtomicLong(plane.rows());
        }

        /**
         * Writes {@code count} rows, which begin at row {@code from} of {@code rows}, as rows
         * {@code to} and on. Each row is to be written once.
         */
        void write(long to, byte[] rows, int from, int count) {
            int rowBytes = Math.toIntExact(plane.rowBytes());
            output.write(plane.offset() + to * rowBytes, rows, from * rowBytes, count * rowBytes);
            missing.addAndGet(-count);
        }
    }

    private final OutputFile output;
    private final InputFile written;
    private final RunningSha256 sha256;
    private final SortedMap<Long, Place> places = new TreeMap<>();
    private final Deque<Place> unfinished = new ArrayDeque<>();
    private final ReentrantLock digesting = new ReentrantLock();

    private GrowingFile(OutputFile output, InputFile written, List<Plane> planes) {
        this.output = output;
        this.written = written;
        this.sha256 = new RunningSha256(written);
        planes.forEach(p -> places.put(p.offset(), new Place(p)));
        unfinished.addAll(places.values());
    }

    /**
     * Creates {@code path}, which must not exist.
     *
     * @param head the first bytes
     * @param planes all that will be written after them
     * @throws Refusal of a full or unwritable disk
     */
    static GrowingFile create(Path path, long size, Bytes head, List<Plane> planes) {
        OutputFile output = OutputFile.create(path, size);
        try {
            output.write(0, head.buffer());
            return new GrowingFile(output, InputFile.open(path), planes);
        } catch (Refusal e) {
            output.close();
            throw e;
        }
    }

    /** The place of a plane, one of those that the file was created with. */
    Place place(Plane plane) {
        return Objects.requireNonNull(places.get(plane.offset()), plane.name());
    }

    /** Digests some of what is whole, if there is enough and nobody else does. */
    void digest() {
        if (!digesting.tryLock()) {
            return;
        }
        try {
            long end = end();
            if (end - sha256.position() >= LEAST) {
                sha256.advance(Math.min(end, sha256.position() + MOST));
            }
        } finally {
            digesting.unlock();
        }
    }

    /** Where the first plane begins that misses a row. */
    private long end() {
        while (!unfinished.isEmpty() && unfinished.getFirst().missing.get() == 0) {
            unfinished.removeFirst();
        }
        return unfinished.isEmpty() ? output.size() : unfinished.getFirst().plane.offset();
    }

    /** The digest of the file, of which nothing is missing; to be called once. */
    String sha256() {
        digesting.lock();
        try {
            return sha256.finish();
        } finally {
            digesting.unlock();
        }
    }

    long size() {
        return output.size();
    }

    /** Brings everything written so far to the disk. */
    void sync() {
        output.sync();
    }

    @Override
    public void close() {
        written.close();
        output.close();
    }
}
