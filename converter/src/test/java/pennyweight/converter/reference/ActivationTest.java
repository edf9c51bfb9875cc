package pennyweight.converter.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ActivationTest {
    /** {@code 0.5 * math.erfc(-x / math.sqrt(2))} of Python, whose library is the C one. */
    @ParameterizedTest
    @CsvSource({
        "-8.2, 1.2019351542735898e-16",
        "-6.5, 4.016000583859125e-11",
        "-4.0, 3.1671241833119965e-05",
        "-2.75, 0.0029797632350545573",
        "-1.5, 0.06680720126885809",
        "-1.0, 0.15865525393145707",
        "-0.3, 0.3820885778110474",
        "-1e-05, 0.49999601057719606",
        "1e-09, 0.5000000003989423",
        "0.125, 0.5497382248301129",
        "0.5, 0.6914624612740131",
        "0.84375, 0.8005954395286272",
        "1.25, 0.8943502263331446",
        "2.0, 0.9772498680518208",
        "3.1, 0.9990323967867817",
        "5.0, 0.9999997133484281",
        "7.9, 0.9999999999999986",
        "8.29, 0.9999999999999999",
        "20.0, 1.0",
        "-20.0, 2.7536241186063314e-89"
    })
    void theDistributionIsThatOfTheErrorFunction(double x, double probability) {
        assertEquals(probability, NormalDistribution.probability(x), 1e-15);
    }

    @Test
    void theDistributionIsSymmetricAndRises() {
        double before = 0;
        for (double x = -9; x <= 9; x += 1.0 / 64) {
            double p = NormalDistribution.probability(x);
            assertTrue(p >= before - 1e-15, "at " + x);
            assertEquals(1, p + NormalDistribution.probability(-x), 1e-15);
            before = p;
        }
        assertEquals(1, before);
        assertEquals(0.5, NormalDistribution.probability(0));
        assertEquals(Double.NaN, NormalDistribution.probability(Double.NaN));
    }

    /** {@code torch.nn.functional.gelu} in double, of either kind, rounded to float32. */
    @ParameterizedTest
    @CsvSource({
        "-5.0, -1.43325781e-06, -2.29179619e-07",
        "-3.0, -0.00404969417, -0.00363739207",
        "-2.25, -0.0275050644, -0.0272013303",
        "-1.0, -0.158655256, -0.158808008",
        "-0.5, -0.154268771, -0.154285997",
        "-0.01, -0.00496010622, -0.00496010622",
        "0.25, 0.149676576, 0.149675354",
        "0.75, 0.580029488, 0.579960585",
        "1.0, 0.841344774, 0.841192007",
        "2.0, 1.95449972, 1.95459771",
        "2.5, 2.48447585, 2.48491573",
        "4.0, 3.9998734, 3.99992967",
        "6.0, 6, 6"
    })
    void bothKindsOfGelu(float x, float exact, float tanh) {
        assertEquals(exact, ReferenceVisionOps.geluOf(x), Math.ulp(exact));
        assertEquals(tanh, ReferenceVisionOps.geluTanhOf(x), Math.ulp(tanh));
    }
}
