package pennyweight.converter.verify;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.Scope;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetTensor;
import pennyweight.converter.reference.ForwardPass;
import pennyweight.converter.reference.LanguageModel;
import pennyweight.converter.reference.Logits;
import pennyweight.converter.reference.TokenSequence;
import pennyweight.converter.reference.VisionModel;
import pennyweight.converter.reference.VisionPass;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.target.OpenedFile;
import pennyweight.converter.work.Progress;
import pennyweight.formats.Refusal;

/**
 * Judges written files of one checkpoint. Each of the source's forward passes, over a text and over
 * an image, is computed once, for all files, and only if one of them has a decoder or a vision
 * tower.
 *
 * <p><em>Faithful</em>: the file holds exactly the planned numbers, and the forward pass over its
 * own names, shapes, types and metadata equals the one over the planned numbers, which are kept in
 * the checkpoint's order of heads: so a wrong order shows. <em>Good</em>: the file still computes
 * what the source does. Of a file that holds no decoder the text is left out, of one that holds no
 * vision tower the image.
 */
public final class Judge implements AutoCloseable {
    private static final int PROBLEMS_SHOWN = 20;

    private final Checkpoint source;
    private final int[] prompt;
    private final Depth depth;
    private final int jobs;
    private final Progress progress;
    private final Stages stages;
    private final ForwardPass sourcePass;
    private final Optional<ImageJudge> images;
    private @Nullable Logits sourceLogits;

    /**
     * @param prompt token ids, at least 2
     */
    public Judge(Checkpoint source, int[] prompt, Depth depth, int jobs, Progress progress) {
        this.source = source;
        this.prompt = prompt.clone();
        this.depth = depth;
        this.jobs = jobs;
        this.progress = progress;
        this.stages = new Stages(progress);
        this.sourcePass = new ForwardPass(source.model(), source.weights(), jobs);
        this.images =
                source.tower()
                        .map(tower -> new ImageJudge(source, tower, this.prompt, jobs, stages));
    }

    private Logits sourceLogits() {
        Logits known = sourceLogits;
        if (known == null) {
            known = stages.run("run the source", () -> sourcePass.begin().prefill(prompt));
            sourceLogits = known;
        }
        return known;
    }

    /** Judges a file; without a plan its faithfulness is not judged. */
    public Verdict judge(OpenedFile file, Optional<TargetPlan> plan) {
        return judge(file, plan, "the file carries no settings to plan again from");
    }

    /**
     * Judges a file.
     *
     * @param without why there is no plan, where there is none: its faithfulness is not judged then
     */
    public Verdict judge(OpenedFile file, Optional<TargetPlan> plan, String without) {
        List<Role> roles =
                file.roles().stream()
                        .filter(r -> source.has(r.whole()))
                        .sorted(Comparator.comparing(file::name))
                        .toList();
        List<TensorJudge.Finding> findings =
                new TensorJudge(source, depth, jobs, progress)
                        .judge(file, roles, plan.map(TargetPlan::tensors));
        // Logits are made when they are asked for: the model stays open until all is judged.
        try (Decoder decoder = new Decoder(file.languageModel(jobs))) {
            return verdict(file, plan, without, findings, run(file, decoder.model));
        } catch (Refusal e) {
            return verdict(file, plan, without, findings, Run.broken(e));
        }
    }

    /** A model that may not be there. */
    private record Decoder(Optional<LanguageModel> model) implements AutoCloseable {
        @Override
        public void close() {
            model.ifPresent(LanguageModel::close);
        }
    }

    /**
     * What came of running a file.
     *
     * @param without why there are no logits, where there are none
     * @param problems what keeps a file from running that should
     */
    private record Run(
            Optional<Logits> logits, Optional<Seen> seen, String without, List<String> problems) {
        static Run broken(Refusal refusal) {
            return new Run(
                    Optional.empty(),
                    Optional.empty(),
                    "the file does not run",
                    List.of("does not run: " + refusal.getMessage()));
        }
    }

    private Run run(OpenedFile file, Optional<LanguageModel> decoder) {
        Optional<Logits> logits =
                decoder.map(d -> stages.run("run " + file.format(), () -> run(d)));
        return new Run(logits, seen(file, decoder), "the file holds no decoder", List.of());
    }

    private Optional<Seen> seen(OpenedFile file, Optional<LanguageModel> decoder) {
        if (images.isEmpty()) {
            return Optional.empty();
        }
        Optional<VisionModel> opened = file.visionModel(jobs);
        if (opened.isEmpty()) {
            return Optional.empty();
        }
        try (VisionModel tower = opened.get()) {
            return Optional.of(images.get().run(file, tower, decoder));
        }
    }

    private Verdict verdict(
            OpenedFile file,
            Optional<TargetPlan> plan,
            String without,
            List<TensorJudge.Finding> findings,
            Run run) {
        Good good = good(file, findings, run, bits(file, plan));
        Faithful faithful =
                plan.<Faithful>map(p -> faithful(file, p, findings, run))
                        .orElseGet(() -> new Faithful.NotJudged(without));
        return new Verdict(faithful, good);
    }

    /** In two pieces, so that the state that is carried from one to the next is judged too. */
    private Logits run(LanguageModel model) {
        TokenSequence sequence = model.begin();
        int half = prompt.length / 2;
        Logits first = sequence.prefill(Arrays.copyOf(prompt, half));
        return new JoinedLogits(
                first, sequence.prefill(Arrays.copyOfRange(prompt, half, prompt.length)));
    }

    private Faithful faithful(
            OpenedFile file, TargetPlan plan, List<TensorJudge.Finding> findings, Run run) {
        List<String> problems = new ArrayList<>(file.differences(plan));
        PlannedModel planned = new PlannedModel(source, file.conventions(), plan, jobs);
        for (TargetTensor t : plan.tensors()) {
            if (!file.roles().contains(t.role())) {
                problems.add("tensor " + t.name() + " is missing");
            }
        }
        for (TensorJudge.Finding f : findings) {
            if (f.wrong() > 0) {
                problems.add(
                        "tensor "
                                + f.name()
                                + ": "
                                + f.wrong()
                                + " numbers are not the planned ones");
            }
        }
        problems.addAll(run.problems());
        try (ForwardPass decoder = planned.decoder()) {
            Optional<Faithful.Computed> computed =
                    run.logits().flatMap(written -> computed(file, written, decoder, problems));
            Optional<Faithful.Seen> seen =
                    run.seen().flatMap(written -> seen(written, planned, decoder, problems));
            return new Faithful.Judged(shown(problems), findings.size(), computed, seen);
        }
    }

    private Optional<Faithful.Computed> computed(
            OpenedFile file, Logits written, ForwardPass planned, List<String> problems) {
        Logits promised =
                stages.run(
                        "run the plan of " + file.format(), () -> planned.begin().prefill(prompt));
        if (written.vocabulary() != promised.vocabulary()) {
            problems.add(
                    "has a vocabulary of "
                            + written.vocabulary()
                            + ", not "
                            + promised.vocabulary());
            return Optional.empty();
        }
        Faithful.Computed computed =
                Faithful.Computed.of(
                        Divergence.between(promised, written, Divergence.next(prompt)));
        problems.addAll(computed.problems(""));
        return Optional.of(computed);
    }

    private Optional<Faithful.Seen> seen(
            Seen written, PlannedModel planned, ForwardPass decoder, List<String> problems) {
        Optional<VisionPass> opened = planned.tower();
        if (opened.isEmpty()) {
            problems.add("holds a vision tower, which is not planned");
            return Optional.empty();
        }
        try (VisionPass tower = opened.get()) {
            return images.map(i -> i.faithful(written, tower, decoder, problems));
        }
    }

    private static List<String> shown(List<String> problems) {
        if (problems.size() <= PROBLEMS_SHOWN) {
            return problems;
        }
        List<String> shown = new ArrayList<>(problems.subList(0, PROBLEMS_SHOWN));
        shown.add("and " + (problems.size() - PROBLEMS_SHOWN) + " more");
        return shown;
    }

    private Good good(OpenedFile file, List<TensorJudge.Finding> findings, Run run, int bits) {
        List<String> problems = new ArrayList<>(run.problems());
        problems.addAll(file.contradictions(source));
        for (TensorJudge.Finding f : findings) {
            if (f.nonFinite() > 0) {
                problems.add(
                        "tensor "
                                + f.name()
                                + ": "
                                + f.nonFinite()
                                + " numbers are NaN or infinite");
            }
        }
        Limits limits = Limits.of(bits);
        List<TensorError> errors = findings.stream().map(TensorJudge.Finding::error).toList();
        for (TensorError e : errors) {
            if (!(e.ofLimit() <= 1)) {
                problems.add(
                        String.format(
                                Locale.ROOT,
                                "tensor %s: relative RMSE %.4f, above %.4f for %d bits",
                                e.tensor(),
                                e.relativeRmse(),
                                Limits.tensorError(e.bits()),
                                e.bits()));
            }
        }
        TensorError worst =
                errors.stream()
                        .max(Comparator.comparingDouble(TensorError::ofLimit))
                        .orElse(new TensorError("", 0, 0));
        Predictions predictions =
                run.logits()
                        .map(written -> predictions(written, limits, problems))
                        .orElseGet(() -> new Predictions.NotCompared(run.without()));
        Optional<ImageError> image =
                run.seen()
                        .flatMap(seen ->
                                images.map(i -> i.good(file, seen, sourcePass, limits, problems)));
        return new Good(shown(problems), predictions, image, limits, worst, errors);
    }

    /** Compares with the source, and adds what is above the limits to {@code problems}. */
    private Predictions predictions(Logits written, Limits limits, List<String> problems) {
        Logits original = sourceLogits();
        if (written.vocabulary() != original.vocabulary()) {
            String problem =
                    "has a vocabulary of "
                            + written.vocabulary()
                            + ", not "
                            + original.vocabulary();
            problems.add(problem);
            return new Predictions.NotCompared("the file " + problem);
        }
        Divergence d = Divergence.between(original, written, Divergence.next(prompt));
        double ratio = d.candidatePerplexity() / d.referencePerplexity();
        above(problems, "mean KL divergence", d.meanKl(), limits.meanDivergence());
        above(problems, "perplexity ratio", ratio, limits.perplexityRatio());
        if (!(d.topAgreement() >= limits.topAgreement())) {
            problems.add(
                    String.format(
                            Locale.ROOT,
                            "top-1 agreement %.4f, below %.4f",
                            d.topAgreement(),
                            limits.topAgreement()));
        }
        return new Predictions.Compared(
                prompt.length,
                d.meanKl(),
                d.topAgreement(),
                d.candidatePerplexity(),
                d.referencePerplexity(),
                ratio);
    }

    private static void above(List<String> problems, String what, double value, double limit) {
        if (!(value <= limit)) {
            problems.add(String.format(Locale.ROOT, "%s %.4f, above %.4f", what, value, limit));
        }
    }

    /**
     * The bits that were asked for; of a stranger's file those of an average number of the
     * decoder's matrices, or of the tower's where it has no decoder.
     */
    private static int bits(OpenedFile file, Optional<TargetPlan> plan) {
        if (plan.isPresent()) {
            return plan.get().settings().bits();
        }
        boolean decoder = file.roles().stream().anyMatch(r -> r.scope() == Scope.TEXT);
        double bits = 0;
        double count = 0;
        for (Role role : file.roles()) {
            var tensor = file.tensor(role);
            if (tensor.rows() > 1 && (!decoder || role.scope() == Scope.TEXT)) {
                double n = (double) tensor.rows() * tensor.columns();
                bits += n * tensor.encoding().precision();
                count += n;
            }
        }
        return (int) Math.floor(bits / Math.max(1, count));
    }

    @Override
    public void close() {
        sourcePass.close();
    }
}
