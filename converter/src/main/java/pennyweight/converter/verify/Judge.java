package pennyweight.converter.verify;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import pennyweight.converter.dialect.Conventions;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.Scope;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetTensor;
import pennyweight.converter.reference.ForwardPass;
import pennyweight.converter.reference.LanguageModel;
import pennyweight.converter.reference.Logits;
import pennyweight.converter.reference.TokenSequence;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.source.DialectWeights;
import pennyweight.converter.source.PlannedTensor;
import pennyweight.converter.target.OpenedFile;
import pennyweight.converter.work.Progress;
import pennyweight.formats.Refusal;

/**
 * Judges written files of one checkpoint. The source's forward pass is computed once, for all of
 * them.
 *
 * <p><em>Faithful</em>: the file holds exactly the planned numbers, and the forward pass over its
 * own names, shapes, types and metadata equals the one over the planned numbers, which are kept in
 * the checkpoint's order of heads: so a wrong order shows. <em>Good</em>: the file still computes
 * what the source does. Of a file that holds no decoder both are judged without a forward pass, by
 * its tensors and metadata.
 */
public final class Judge implements AutoCloseable {
    /** KL divergence allowed between the file and its plan, in nats. */
    static final double FAITHFUL_DIVERGENCE = 1e-8;

    /**
     * Difference allowed of a logit, in standard deviations of the logits: reordered heads change
     * the order of sums, and float32 itself is worth 1.4e-4 at 24 layers.
     */
    static final double FAITHFUL_LOGIT = 1e-3;

    private static final int PROBLEMS_SHOWN = 20;

    private final Checkpoint source;
    private final int[] prompt;
    private final Depth depth;
    private final int jobs;
    private final Progress progress;
    private final ForwardPass sourcePass;
    private final Logits sourceLogits;

    /**
     * @param prompt token ids, at least 2
     */
    public Judge(Checkpoint source, int[] prompt, Depth depth, int jobs, Progress progress) {
        this.source = source;
        this.prompt = prompt.clone();
        this.depth = depth;
        this.jobs = jobs;
        this.progress = progress;
        this.sourcePass = new ForwardPass(source.model(), source.weights(), jobs);
        this.sourceLogits = stage("run the source", () -> sourcePass.begin().prefill(this.prompt));
    }

    private interface Work<T> {
        T get();
    }

    private <T> T stage(String what, Work<T> work) {
        progress.begin(what, 1, "pass");
        T result = work.get();
        progress.advance(1);
        progress.end();
        return result;
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
        try {
            Optional<LanguageModel> opened = file.languageModel(jobs);
            if (opened.isEmpty()) {
                return verdict(file, plan, without, findings, Run.NO_DECODER);
            }
            // Logits are made when they are asked for: the model stays open until all is judged.
            try (LanguageModel model = opened.get()) {
                Logits written = stage("run " + file.format(), () -> run(model));
                Run run = new Run(Optional.of(written), "", List.of());
                return verdict(file, plan, without, findings, run);
            }
        } catch (Refusal e) {
            return verdict(file, plan, without, findings, Run.broken(e));
        }
    }

    /**
     * What came of running a file.
     *
     * @param without why there are no logits, where there are none
     * @param problems what keeps a file from running that should
     */
    private record Run(Optional<Logits> logits, String without, List<String> problems) {
        static final Run NO_DECODER =
                new Run(
                        Optional.empty(),
                        "the file holds no decoder, and is judged by its tensors and metadata",
                        List.of());

        static Run broken(Refusal refusal) {
            return new Run(
                    Optional.empty(),
                    "the file does not run",
                    List.of("does not run: " + refusal.getMessage()));
        }
    }

    private Verdict verdict(
            OpenedFile file,
            Optional<TargetPlan> plan,
            String without,
            List<TensorJudge.Finding> findings,
            Run run) {
        Good good = good(findings, file.contradictions(source), run, bits(file, plan));
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
        Optional<Logits> written = run.logits();
        if (written.isEmpty()) {
            problems.addAll(run.problems());
            return new Faithful.Judged(shown(problems), findings.size(), Optional.empty());
        }
        try (ForwardPass planned = plannedPass(file, plan)) {
            Logits promised =
                    stage(
                            "run the plan of " + file.format(),
                            () -> planned.begin().prefill(prompt));
            if (written.get().vocabulary() != promised.vocabulary()) {
                problems.add(
                        "has a vocabulary of "
                                + written.get().vocabulary()
                                + ", not "
                                + promised.vocabulary());
                return new Faithful.Judged(shown(problems), findings.size(), Optional.empty());
            }
            Divergence d = Divergence.between(promised, written.get(), Divergence.next(prompt));
            double logit =
                    d.tokens().stream()
                            .mapToDouble(t -> t.maxDifference() / t.referenceDeviation())
                            .max()
                            .orElse(0);
            // Written so that NaN fails.
            if (!(d.maxKl() <= FAITHFUL_DIVERGENCE)) {
                problems.add(
                        String.format(
                                Locale.ROOT,
                                "computes something else than its plan: KL divergence %.3g, above %.0e",
                                d.maxKl(),
                                FAITHFUL_DIVERGENCE));
            }
            if (!(logit <= FAITHFUL_LOGIT)) {
                problems.add(
                        String.format(
                                Locale.ROOT,
                                "computes something else than its plan: a logit differs by %.3g standard deviations, above %.0e",
                                logit,
                                FAITHFUL_LOGIT));
            }
            return new Faithful.Judged(
                    shown(problems),
                    findings.size(),
                    Optional.of(new Faithful.Computed(d.maxKl(), logit)));
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

    /** The source's model over the planned numbers, value heads where the source has them. */
    private ForwardPass plannedPass(OpenedFile file, TargetPlan plan) {
        Map<Role, PlannedTensor> planned = new HashMap<>();
        for (TargetTensor t : plan.tensors()) {
            planned.put(
                    t.role(), new PlannedTensor(t, source.stored(source.tensor(t.role().whole()))));
        }
        Conventions c = file.conventions();
        Conventions inSourceOrder =
                new Conventions(
                        c.norm(), c.decay(), source.model().headOrder(), c.conv(), c.patch());
        return new ForwardPass(
                source.model(),
                new DialectWeights(
                        source.model(),
                        inSourceOrder,
                        role -> {
                            PlannedTensor tensor = planned.get(role);
                            if (tensor == null) {
                                throw new IllegalStateException("the plan has no " + role);
                            }
                            return tensor.inSourceOrder();
                        }),
                jobs);
    }

    private Good good(
            List<TensorJudge.Finding> findings, List<String> contradictions, Run run, int bits) {
        List<String> problems = new ArrayList<>(run.problems());
        problems.addAll(contradictions);
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
        return new Good(shown(problems), predictions, limits, worst, errors);
    }

    /** Compares with the source, and adds what is above the limits to {@code problems}. */
    private Predictions predictions(Logits written, Limits limits, List<String> problems) {
        if (written.vocabulary() != sourceLogits.vocabulary()) {
            String problem =
                    "has a vocabulary of "
                            + written.vocabulary()
                            + ", not "
                            + sourceLogits.vocabulary();
            problems.add(problem);
            return new Predictions.NotCompared("the file " + problem);
        }
        Divergence d = Divergence.between(sourceLogits, written, Divergence.next(prompt));
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
     * The bits that were asked for; of a stranger's file those of an average number of its
     * matrices.
     */
    private static int bits(OpenedFile file, Optional<TargetPlan> plan) {
        if (plan.isPresent()) {
            return plan.get().settings().bits();
        }
        double bits = 0;
        double count = 0;
        for (Role role : file.roles()) {
            var tensor = file.tensor(role);
            if (role.scope() != Scope.MTP && tensor.rows() > 1) {
                double n = (double) tensor.rows() * tensor.columns();
                bits += n * tensor.encoding().bits();
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
