package pennyweight.converter;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import pennyweight.converter.plan.OutputPlan;
import pennyweight.converter.plan.PlannedFile;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.report.EarlierResult;
import pennyweight.converter.report.OutputResult;
import pennyweight.converter.report.Report;
import pennyweight.converter.report.TargetResult;
import pennyweight.converter.run.FileDigest;
import pennyweight.converter.run.OutputFolder;
import pennyweight.converter.run.StagedOutput;
import pennyweight.converter.run.TileRun;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.target.OpenedFile;
import pennyweight.converter.target.Targets;
import pennyweight.converter.verify.Depth;
import pennyweight.converter.verify.Judge;
import pennyweight.converter.verify.Prompts;
import pennyweight.converter.verify.Verdict;
import pennyweight.converter.work.Progress;
import pennyweight.formats.Refusal;

/**
 * The whole job: takes the output folders, writes the plans in one pass over the source, reopens
 * and judges each file, and puts everything in its place at once.
 */
public final class Conversion {
    private final Checkpoint source;
    private final List<OutputPlan> plans;
    private final Depth depth;
    private final int jobs;
    private final boolean force;
    private final Progress progress;
    private final List<OutputFolder> folders = new CopyOnWriteArrayList<>();
    private boolean discarded;

    /**
     * @param force whether folders that hold something else may be written into
     */
    public Conversion(
            Checkpoint source,
            List<OutputPlan> plans,
            Depth depth,
            int jobs,
            boolean force,
            Progress progress) {
        this.source = source;
        this.plans = List.copyOf(plans);
        this.depth = depth;
        this.jobs = jobs;
        this.force = force;
        this.progress = progress;
    }

    /**
     * Runs. Outputs with a file that is not faithful are not kept; they are in the result all the
     * same.
     *
     * @throws Refusal if something cannot be read, is broken, or cannot be written; nothing is left
     *     behind then
     */
    public List<OutputResult> run() {
        // Before anything is written: a tokenizer that does not load should not cost a conversion.
        Optional<int[]> prompt =
                depth == Depth.NONE ? Optional.empty() : Optional.of(Prompts.of(source, depth));
        try {
            List<Set<Path>> replaced = new ArrayList<>();
            List<StagedOutput> staged = new ArrayList<>();
            for (OutputPlan plan : plans) {
                OutputFolder folder = begin(plan);
                replaced.add(EarlierResult.check(folder.folder(), Report.settings(plan), force));
                staged.add(new StagedOutput(plan, folder.staging()));
            }
            folders.getFirst().checkSpace(plans.stream().mapToLong(OutputPlan::bytes).sum());
            List<OutputResult> results =
                    new TileRun(source, jobs, progress)
                            .write(staged, digests -> reported(judge(staged, digests, prompt)));
            for (int i = 0; i < plans.size(); i++) {
                if (!results.get(i).unfaithful()) {
                    folders.get(i).publish(replaced.get(i));
                }
            }
            return results;
        } finally {
            folders.forEach(OutputFolder::close);
        }
    }

    /** Never between the making of a folder and its being known to {@link #discard}. */
    private synchronized OutputFolder begin(OutputPlan plan) {
        if (discarded) {
            throw Refusal.couldNotWrite(plan.folder(), "the run was stopped", "run it again", null);
        }
        OutputFolder folder = OutputFolder.begin(plan.folder());
        folders.add(folder);
        return folder;
    }

    /** Stops a run from another thread: what was begun is removed, and nothing more is begun. */
    public synchronized void discard() {
        discarded = true;
        folders.forEach(OutputFolder::discard);
    }

    private List<OutputResult> judge(
            List<StagedOutput> staged, Map<Path, FileDigest> digests, Optional<int[]> prompt) {
        List<OutputResult> results = new ArrayList<>();
        Optional<Judge> judge = prompt.map(ids -> new Judge(source, ids, depth, jobs, progress));
        try {
            for (StagedOutput output : staged) {
                List<TargetResult> targets = new ArrayList<>();
                for (TargetPlan plan : output.plan().targets()) {
                    List<FileDigest> files =
                            plan.files().stream()
                                    .map(PlannedFile::path)
                                    .sorted()
                                    .map(p -> digests.get(output.folder().resolve(p)))
                                    .toList();
                    targets.add(
                            new TargetResult(
                                    plan,
                                    files,
                                    judge.map(j -> verdict(j, plan, output.folder()))));
                }
                results.add(new OutputResult(output.plan().folder(), targets));
            }
        } finally {
            judge.ifPresent(Judge::close);
        }
        return results;
    }

    private static Verdict verdict(Judge judge, TargetPlan plan, Path folder) {
        try (OpenedFile file = Targets.of(plan.settings()).open(folder.resolve(plan.main()))) {
            return judge.judge(file, Optional.of(plan));
        }
    }

    /** The results, the reports of those written that will be kept. */
    private List<OutputResult> reported(List<OutputResult> results) {
        for (int i = 0; i < plans.size(); i++) {
            if (!results.get(i).unfaithful()) {
                writeReport(plans.get(i), results.get(i), folders.get(i).staging());
            }
        }
        return results;
    }

    private void writeReport(OutputPlan plan, OutputResult result, Path folder) {
        EarlierResult.write(
                folder,
                // Seen from itself the folder has no name, so that the bytes do not depend on where
                // it stands.
                Report.json(
                        source,
                        depth,
                        List.of(plan),
                        List.of(new OutputResult(Path.of("."), result.targets()))),
                result.targets().stream().flatMap(t -> t.files().stream()).toList());
    }
}
