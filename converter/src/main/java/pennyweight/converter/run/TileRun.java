package pennyweight.converter.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import pennyweight.converter.plan.OutputPlan;
import pennyweight.converter.plan.Plane;
import pennyweight.converter.plan.PlannedFile;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetTensor;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.source.EncodedTensor;
import pennyweight.converter.source.SourceTensor;
import pennyweight.converter.work.Meanwhile;
import pennyweight.converter.work.Progress;
import pennyweight.converter.work.Tiles;
import pennyweight.converter.work.Workers;
import pennyweight.formats.Refusal;
import pennyweight.formats.io.OutputFile;
import pennyweight.quantizer.encoding.Encoding;
import pennyweight.quantizer.kernel.Finite;

/**
 * Writes what plans say. Every source tensor is read once, in tiles of whole rows; each tile is
 * widened to float32 and then transformed, encoded and written for every target that takes it.
 */
public final class TileRun {
    private static final String SEPARATOR = "\n";
    private static final long SYNC_MILLIS = 300;

    private final Checkpoint source;
    private final int jobs;
    private final Progress progress;

    public TileRun(Checkpoint source, int jobs, Progress progress) {
        this.source = source;
        this.jobs = jobs;
        this.progress = progress;
    }

    /** Rows {@code [first, first + count)} of a source tensor, and all that is made of them. */
    private record Tile(SourceTensor tensor, long first, int count, List<Sink> sinks) {
        List<Encoding> kind() {
            return sinks.stream().map(s -> s.target.encoding()).toList();
        }
    }

    /** A target tensor and the open files of its planes. */
    private record Sink(TargetTensor target, List<OutputFile> files) {}

    /**
     * Writes all files of all outputs below their folders and brings them to the disk.
     *
     * @param folders the folder to write each output into; the folders exist and are empty
     * @throws Refusal of a tensor that holds NaN or Inf, with their number; of a full or unwritable
     *     disk
     */
    public void write(SequencedMap<OutputPlan, Path> folders) {
        write(folders, () -> folders);
    }

    /**
     * As {@link #write(SequencedMap)}; while the files are brought to the disk, something else is
     * done with what was written.
     */
    public <T> T write(SequencedMap<OutputPlan, Path> folders, Supplier<T> meanwhile) {
        List<OutputFile> open = new ArrayList<>();
        try {
            Map<String, List<Sink>> sinks = new HashMap<>();
            folders.forEach((output, folder) -> {
                for (TargetPlan target : output.targets()) {
                    Map<Path, OutputFile> files = create(target, folder, open);
                    for (TargetTensor t : target.tensors()) {
                        List<OutputFile> planes =
                                t.planes().stream().map(p -> files.get(p.file())).toList();
                        sinks.computeIfAbsent(t.source(), k -> new ArrayList<>())
                                .add(new Sink(t, planes));
                    }
                }
            });
            List<Tile> tiles = tiles(sinks);
            progress.begin("convert", tiles.stream().mapToLong(TileRun::bytes).sum(), "B");
            var written = new CompletableFuture<Boolean>();
            return Meanwhile.both(
                    () -> keepOnDisk(open, written),
                    () -> {
                        boolean done = false;
                        try {
                            encode(tiles);
                            done = true;
                        } finally {
                            written.complete(done);
                        }
                        progress.end();
                        return meanwhile.get();
                    });
        } finally {
            open.forEach(OutputFile::close);
        }
    }

    /**
     * Brings to the disk what was written so far, again and again, so that little is left to wait
     * for at the end; and the rest when all is written, unless writing failed.
     */
    private static void keepOnDisk(List<OutputFile> files, CompletableFuture<Boolean> written) {
        boolean last = false;
        while (!last) {
            try {
                if (!written.get(SYNC_MILLIS, TimeUnit.MILLISECONDS)) {
                    return;
                }
                last = true;
            } catch (TimeoutException e) {
                last = false;
            } catch (InterruptedException | ExecutionException e) {
                throw new IllegalStateException("nobody interrupts or fails this", e);
            }
            files.forEach(OutputFile::sync);
        }
    }

    private void encode(List<Tile> tiles) {
        Map<String, LongAdder> nonFinite = new ConcurrentHashMap<>();
        Map<String, LongAdder> tooLarge = new ConcurrentHashMap<>();
        Buffers[] buffers = new Buffers[jobs];
        Arrays.setAll(buffers, i -> new Buffers());
        try (Workers workers = new Workers(jobs)) {
            workers.forEach(
                    tiles.size(),
                    (worker, i) -> process(tiles.get(i), buffers[worker], nonFinite, tooLarge));
        }
        refuse(
                nonFinite,
                " numbers are NaN or infinite",
                "a broken training or merging step made them: fix the checkpoint");
        refuse(
                tooLarge,
                " numbers are too large for ",
                "choose a type with a wider range, such as BF16");
    }

    private static long bytes(Tile tile) {
        return tile.count * tile.tensor.columns() * tile.tensor.entry().dtype().bytes();
    }

    private static Map<Path, OutputFile> create(
            TargetPlan target, Path folder, List<OutputFile> open) {
        Map<Path, OutputFile> files = new HashMap<>();
        for (PlannedFile file : target.files()) {
            Path path = folder.resolve(file.path());
            try {
                createFolders(folder, file.path());
                if (file instanceof PlannedFile.Copy copy) {
                    Files.copy(copy.source(), path);
                    continue;
                }
            } catch (IOException e) {
                throw Refusal.couldNotWrite(
                        path,
                        "cannot be written (" + e.getMessage() + ")",
                        "check free space and permissions",
                        e);
            }
            OutputFile out = OutputFile.create(path, file.bytes());
            open.add(out);
            byte[] head =
                    switch (file) {
                        case PlannedFile.Whole whole -> whole.content().toArray();
                        case PlannedFile.Tensors tensors -> tensors.head().toArray();
                        case PlannedFile.Copy copy -> throw new AssertionError(copy);
                    };
            out.write(0, head, 0, head.length);
            files.put(file.path(), out);
        }
        return files;
    }

    /**
     * Makes the folders that a file stands in below {@code root}, but never the root: a run that is
     * being stopped removes it, and it must not come back.
     */
    private static void createFolders(Path root, Path file) throws IOException {
        Path folder = root;
        for (int i = 0; i < file.getNameCount() - 1; i++) {
            folder = folder.resolve(file.getName(i));
            if (!Files.isDirectory(folder)) {
                Files.createDirectory(folder);
            }
        }
    }

    /** All tiles, almost in the order of the source's files, so that reading runs forward. */
    private List<Tile> tiles(Map<String, List<Sink>> sinks) {
        List<SourceTensor> wanted =
                source.tensors().stream()
                        .filter(t -> sinks.containsKey(t.name()))
                        .sorted(
                                Comparator.comparing((SourceTensor t) -> t.entry().file())
                                        .thenComparingLong(t -> t.entry().offset()))
                        .toList();
        List<Tile> tiles = new ArrayList<>();
        for (SourceTensor tensor : wanted) {
            long rows = tensor.rows();
            int step = Tiles.rows(tensor.columns());
            List<Sink> to = List.copyOf(sinks.getOrDefault(tensor.name(), List.of()));
            for (long first = 0; first < rows; first += step) {
                tiles.add(new Tile(tensor, first, (int) Math.min(step, rows - first), to));
            }
        }
        return oneOfEachKindFirst(tiles);
    }

    /**
     * Puts a tile of each kind before all others: several workers then wait for the compiler
     * together, each with the kernel of another encoding, and not all at each new encoding.
     */
    private static List<Tile> oneOfEachKindFirst(List<Tile> tiles) {
        Set<List<Encoding>> kinds = new HashSet<>();
        List<Tile> ordered = new ArrayList<>(tiles.size());
        List<Tile> others = new ArrayList<>(tiles.size());
        for (Tile tile : tiles) {
            (kinds.add(tile.kind()) ? ordered : others).add(tile);
        }
        ordered.addAll(others);
        return ordered;
    }

    private void refuse(Map<String, LongAdder> counts, String problem, String remedy) {
        if (counts.isEmpty()) {
            return;
        }
        Map.Entry<String, LongAdder> first = new TreeMap<>(counts).firstEntry();
        String[] tensorAndType = first.getKey().split(SEPARATOR, 2);
        String others =
                counts.size() == 1
                        ? ""
                        : " (and " + (counts.size() - 1) + " other tensors hold some)";
        String type = tensorAndType.length == 1 ? "" : tensorAndType[1];
        throw Refusal.badTensor(
                source.file(tensorAndType[0]),
                tensorAndType[0],
                first.getValue().sum() + problem + type + others,
                remedy);
    }

    /** What one worker keeps from tile to tile. */
    private static final class Buffers {
        private float[] rows = new float[0];
        private float[] scratch = new float[0];

        void fit(int n) {
            if (rows.length < n) {
                rows = new float[n];
                scratch = new float[n];
            }
        }
    }

    private void process(
            Tile tile,
            Buffers buffers,
            Map<String, LongAdder> nonFinite,
            Map<String, LongAdder> tooLarge) {
        EncodedTensor stored = source.stored(tile.tensor);
        int columns = stored.columns();
        int n = tile.count * columns;
        buffers.fit(n);
        stored.read(tile.first, tile.count, buffers.rows);
        int bad = Finite.countNonFinite(buffers.rows, 0, n);
        if (bad > 0) {
            nonFinite.computeIfAbsent(tile.tensor.name(), k -> new LongAdder()).add(bad);
        } else {
            for (Sink sink : tile.sinks) {
                float largest = sink.target.encoding().largest();
                int beyond =
                        largest == Float.MAX_VALUE
                                ? 0
                                : Finite.countBeyond(largest, buffers.rows, 0, n);
                if (beyond > 0) {
                    String what = tile.tensor.name() + SEPARATOR + sink.target.encoding().label();
                    tooLarge.computeIfAbsent(what, k -> new LongAdder()).add(beyond);
                    continue;
                }
                byte[][] planes = sink.target.buffers(tile.count, columns);
                sink.target.encode(buffers.rows, tile.count, columns, buffers.scratch, planes);
                write(tile, sink, planes);
            }
        }
        progress.advance(bytes(tile));
    }

    /** Writes the planes' rows to their places; rows that stay neighbours go in one piece. */
    private static void write(Tile tile, Sink sink, byte[][] planes) {
        int from = 0;
        while (from < tile.count) {
            long to = sink.target.transform().targetRow(tile.first + from);
            int run = 1;
            while (from + run < tile.count
                    && sink.target.transform().targetRow(tile.first + from + run) == to + run) {
                run++;
            }
            for (int p = 0; p < planes.length; p++) {
                Plane plane = sink.target.planes().get(p);
                int rowBytes = Math.toIntExact(plane.rowBytes());
                sink.files
                        .get(p)
                        .write(
                                plane.offset() + to * rowBytes,
                                planes[p],
                                from * rowBytes,
                                run * rowBytes);
            }
            from += run;
        }
    }
}
