package pennyweight.quantizer.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

class KernelEditionTest {
    @Test
    void scalarOnlyByRequest() {
        assertEquals(
                !"scalar".equals(System.getProperty("pennyweight.kernels")),
                KernelEdition.vectors());
    }

    /** The runs that are meant to be narrow are. */
    @Test
    void widthIsTheOneAskedFor() {
        int width = Integer.getInteger("pennyweight.test.width", 1024);
        assertTrue(
                FloatVector.SPECIES_PREFERRED.vectorBitSize() <= width,
                FloatVector.SPECIES_PREFERRED + " at most " + width);
    }
}
