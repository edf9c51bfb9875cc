package pennyweight.converter.source;

import java.util.function.Function;
import pennyweight.converter.dialect.Conventions;
import pennyweight.converter.dialect.DecayForm;
import pennyweight.converter.dialect.ElementMap;
import pennyweight.converter.dialect.NormWeight;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.TensorAxes;
import pennyweight.converter.model.Weights;

/**
 * What a file stores, in the conventions of the forward pass. Value heads stay in the order that
 * the file has: the model that was read with it computes in that order.
 */
public final class DialectWeights implements Weights {
    private final TensorAxes axes;
    private final Conventions stored;
    private final Conventions wanted;
    private final Function<Role, StoredTensor> tensors;

    public DialectWeights(
            TensorAxes axes, Conventions stored, Function<Role, StoredTensor> tensors) {
        this.axes = axes;
        this.stored = stored;
        this.wanted =
                new Conventions(
                        NormWeight.MULTIPLIER,
                        DecayForm.NEGATIVE_EXP,
                        stored.valueHeads(),
                        stored.conv(),
                        stored.patch());
        this.tensors = tensors;
    }

    @Override
    public long rows(Role role) {
        return tensors.apply(role).rows();
    }

    @Override
    public int columns(Role role) {
        return tensors.apply(role).columns();
    }

    @Override
    public void read(Role role, long first, int count, float[] target) {
        StoredTensor tensor = tensors.apply(role);
        tensor.read(first, count, target);
        ElementMap map = stored.to(wanted, axes, role).map();
        if (map != ElementMap.NONE) {
            int n = count * tensor.columns();
            for (int i = 0; i < n; i++) {
                target[i] = map.apply(target[i]);
            }
        }
    }
}
