package pennyweight.converter.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import pennyweight.converter.plan.Plane;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetTensor;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.source.EncodedTensor;
import pennyweight.converter.source.SourceTensor;
import pennyweight.converter.work.Meanwhile;
import pennyweight.converter.work.PlaneBuffers;
import pennyweight.converter.work.Progress;
import pennyweight.converter.work.Tiles;
import pennyweight.converter.work.Workers;
import pennyweight.formats.Refusal;
import pennyweight.quantizer.encoding.Encoding;
import pennyweight.quantizer.kernel.Finite;

/**
 * Writes what plans say. Every source tensor is read once, in tiles of whole rows; each tile is
 * widened to float32 and then transformed, encoded and written for every target that takes it.
 */
public final class TileRun {
    private static final String SEPARATOR = "\n";

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

    /** A target tensor and the places of its planes. */
    private record Sink(TargetTensor target, List<GrowingFile.Place> places) {}

    private static final Comparator<List<Sink>> IN_FIRST_FILE =
            Comparator.comparing((List<Sink> sinks) -> place(sinks).file())
                    .thenComparingLong(sinks -> place(sinks).offset());

    private static Plane place(List<Sink> sinks) {
        return sinks.getFirst().target.planes().getFirst();
    }

    /**
     * Writes all files of all outputs below their folders and brings them to the disk.
     *
     * @throws Refusal of a tensor that holds NaN or Inf, with their number; of a full or unwritable
     *     disk
     */
    public void write(List<StagedOutput> outputs) {
        write(outputs, digests -> digests);
    }

    /**
     * As {@link #write(List)}; while the files are brought to the disk, something else is done with
     * what was written.
     *
     * @param meanwhile is given the digest of each file by its path
     */
    public <T> T write(List<StagedOutput> outputs, Function<Map<Path, FileDigest>, T> meanwhile) {
        try (OutputFiles files = new OutputFiles()) {
            Map<String, List<Sink>> sinks = new HashMap<>();
            for (StagedOutput output : outputs) {
                for (TargetPlan target : output.plan().targets()) {
                    files.create(target, output.folder());
                    for (TargetTensor t : target.tensors()) {
                        List<GrowingFile.Place> places =
                                t.planes().stream()
                                        .map(p -> files.place(output.folder(), p))
                                        .toList();
                        sinks.computeIfAbsent(t.source(), k -> new ArrayList<>())
                                .add(new Sink(t, places));
                    }
                }
            }
            List<Tile> tiles = tiles(sinks);
            progress.begin("convert", tiles.stream().mapToLong(TileRun::bytes).sum(), "B");
            var written = new CompletableFuture<Boolean>();
            return Meanwhile.both(
                    () -> files.keepOnDisk(written),
                    () -> {
                        Map<Path, FileDigest> digests;
                        try (Workers workers = new Workers(jobs)) {
                            encode(tiles, workers);
                            written.complete(true);
                            digests = files.digests(workers);
                        } finally {
                            // Of no effect where it is completed.
                            written.complete(false);
                        }
                        progress.end();
                        return meanwhile.apply(digests);
                    });
        }
    }

    private void encode(List<Tile> tiles, Workers workers) {
        Map<String, LongAdder> nonFinite = new ConcurrentHashMap<>();
        Map<String, LongAdder> tooLarge = new ConcurrentHashMap<>();
        Buffers[] buffers = new Buffers[jobs];
        Arrays.setAll(buffers, i -> new Buffers());
        workers.forEach(
                tiles.size(),
                (worker, i) -> process(tiles.get(i), buffers[worker], nonFinite, tooLarge));
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

    /**
     * All tiles, almost in the order in which the first of the files that they go to holds them, so
     * that it can be digested as it grows.
     */
    private List<Tile> tiles(Map<String, List<Sink>> sinks) {
        List<Tile> tiles = new ArrayList<>();
        for (SourceTensor tensor : source.tensors()) {
            List<Sink> to = List.copyOf(sinks.getOrDefault(tensor.name(), List.of()));
            long rows = to.isEmpty() ? 0 : tensor.rows();
            int step = Tiles.rows(tensor.columns());
            for (long first = 0; first < rows; first += step) {
                tiles.add(new Tile(tensor, first, (int) Math.min(step, rows - first), to));
            }
        }
        // Tiles of a tensor keep their order.
        tiles.sort(Comparator.comparing(Tile::sinks, IN_FIRST_FILE));
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
        private final PlaneBuffers stored = new PlaneBuffers();
        private final PlaneBuffers encoded = new PlaneBuffers();
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
        stored.read(tile.first, tile.count, buffers.stored, buffers.rows);
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
                TargetTensor target = sink.target;
                byte[][] planes =
                        buffers.encoded.of(
                                target.encoding(), tile.count, target.transform().width(columns));
                target.encode(buffers.rows, tile.count, columns, buffers.scratch, planes);
                write(tile, sink, planes);
                sink.places.getFirst().file().digest();
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
            for (int p = 0; p < sink.places.size(); p++) {
                sink.places.get(p).write(to, planes[p], from, run);
            }
            from += run;
        }
    }
}
