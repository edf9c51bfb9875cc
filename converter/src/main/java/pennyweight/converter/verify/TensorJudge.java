package pennyweight.converter.verify;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import pennyweight.converter.dialect.Transform;
import pennyweight.converter.model.Role;
import pennyweight.converter.plan.TargetTensor;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.source.EncodedTensor;
import pennyweight.converter.source.PlannedTensor;
import pennyweight.converter.source.StoredTensor;
import pennyweight.converter.target.OpenedFile;
import pennyweight.converter.work.Progress;
import pennyweight.converter.work.Tiles;
import pennyweight.converter.work.Workers;
import pennyweight.formats.Refusal;
import pennyweight.quantizer.ErrorStats;
import pennyweight.quantizer.kernel.Finite;

/** Compares a file's tensors with the plan, number by number, and with the source. */
final class TensorJudge {
    private final Checkpoint source;
    private final Depth depth;
    private final int jobs;
    private final Progress progress;

    TensorJudge(Checkpoint source, Depth depth, int jobs, Progress progress) {
        this.source = source;
        this.depth = depth;
        this.jobs = jobs;
        this.progress = progress;
    }

    /**
     * What was found of one tensor.
     *
     * @param wrong how many of the numbers looked at are not the planned ones; 0 where there is no
     *     plan
     * @param nonFinite how many of them are NaN or infinite, be they planned or not
     */
    record Finding(String name, TensorError error, long wrong, long nonFinite) {}

    private record Tile(int tensor, long first, int count) {}

    /**
     * One tensor under judgement: the file's numbers, the source's, and the plan's where there is
     * one.
     */
    private record Case(
            String name,
            EncodedTensor written,
            EncodedTensor source,
            Transform transform,
            Optional<StoredTensor> planned) {}

    List<Finding> judge(OpenedFile file, List<Role> roles, Optional<List<TargetTensor>> plan) {
        List<Case> cases = new ArrayList<>();
        for (Role role : roles) {
            EncodedTensor original = source.stored(source.tensor(role.whole()));
            Optional<StoredTensor> planned =
                    plan.flatMap(tensors ->
                                    tensors.stream().filter(t -> t.role().equals(role)).findFirst())
                            .map(t -> new PlannedTensor(t, original).inTargetOrder());
            Transform transform = source.transform(file.conventions(), role);
            check(file, role, original.rows(), transform.width(original.columns()));
            cases.add(new Case(file.name(role), file.tensor(role), original, transform, planned));
        }
        List<Tile> tiles = tiles(cases);
        ErrorStats[] errors = new ErrorStats[tiles.size()];
        AtomicLong[] wrong = counters(cases.size());
        AtomicLong[] nonFinite = counters(cases.size());
        progress.begin(
                "compare " + file.format(), tiles.stream().mapToLong(Tile::count).sum(), "rows");
        try (Workers workers = new Workers(jobs)) {
            workers.forEach(
                    tiles.size(),
                    (worker, i) -> {
                        Tile tile = tiles.get(i);
                        errors[i] =
                                compare(
                                        cases.get(tile.tensor),
                                        tile,
                                        wrong[tile.tensor],
                                        nonFinite[tile.tensor]);
                        progress.advance(tile.count);
                    });
        }
        progress.end();
        // Tiles are added in their order, so that the figure does not depend on threads.
        List<List<ErrorStats>> byTensor = new ArrayList<>();
        cases.forEach(c -> byTensor.add(new ArrayList<>()));
        for (int i = 0; i < errors.length; i++) {
            byTensor.get(tiles.get(i).tensor).add(errors[i]);
        }
        List<Finding> findings = new ArrayList<>();
        for (int c = 0; c < cases.size(); c++) {
            Case it = cases.get(c);
            TensorError error =
                    new TensorError(
                            it.name,
                            it.written.encoding().precision(),
                            ErrorStats.merge(byTensor.get(c)).relativeRmse());
            findings.add(new Finding(it.name, error, wrong[c].get(), nonFinite[c].get()));
        }
        return findings;
    }

    /** A file of another model is none that numbers could be compared of. */
    private static void check(OpenedFile file, Role role, long rows, int columns) {
        EncodedTensor written = file.tensor(role);
        if (written.rows() != rows || written.columns() != columns) {
            throw Refusal.badTensor(
                    file.path(),
                    file.name(role),
                    "has "
                            + written.rows()
                            + " rows of "
                            + written.columns()
                            + ", where the checkpoint gives "
                            + rows
                            + " of "
                            + columns,
                    "name the checkpoint that it was made of");
        }
    }

    private List<Tile> tiles(List<Case> cases) {
        List<Tile> tiles = new ArrayList<>();
        for (int c = 0; c < cases.size(); c++) {
            long rows = cases.get(c).written.rows();
            int step = Tiles.rows(cases.get(c).written.columns());
            List<Tile> own = new ArrayList<>();
            for (long first = 0; first < rows; first += step) {
                own.add(new Tile(c, first, (int) Math.min(step, rows - first)));
            }
            boolean sample = depth == Depth.QUICK && own.size() > 3;
            tiles.addAll(
                    sample ? List.of(own.getFirst(), own.get(own.size() / 2), own.getLast()) : own);
        }
        return tiles;
    }

    private static AtomicLong[] counters(int count) {
        AtomicLong[] counters = new AtomicLong[count];
        Arrays.setAll(counters, i -> new AtomicLong());
        return counters;
    }

    private static ErrorStats compare(Case it, Tile tile, AtomicLong wrong, AtomicLong nonFinite) {
        int columns = it.written.columns();
        int n = tile.count * columns;
        float[] written = new float[n];
        it.written.read(tile.first, tile.count, written);
        nonFinite.addAndGet(Finite.countNonFinite(written, 0, n));
        if (it.planned.isPresent()) {
            float[] planned = new float[n];
            it.planned.get().read(tile.first, tile.count, planned);
            wrong.addAndGet(differing(written, planned));
        }
        float[] original = new float[n];
        int sourceColumns = it.source.columns();
        float[] rows = new float[tile.count * sourceColumns];
        it.source.read(it.transform, tile.first, tile.count, rows);
        it.transform.apply(rows, tile.count, sourceColumns, original);
        return ErrorStats.of(original, written, n);
    }

    private static long differing(float[] a, float[] b) {
        long n = 0;
        for (int i = 0; i < a.length; i++) {
            // By bits: a NaN equals itself, and zeros of either sign are told apart.
            if (Float.floatToRawIntBits(a[i]) != Float.floatToRawIntBits(b[i])) {
                n++;
            }
        }
        return n;
    }
}
