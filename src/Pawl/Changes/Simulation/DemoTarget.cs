namespace Pawl.Changes.Simulation;

/// <summary>The repository of the simulation: a price in cents, a discount, and tests in the shell.</summary>
internal static class DemoTarget
{
    /// <summary>What is asked for.</summary>
    public const string Issue = """
        # Give customers their percentage off

        `price_after PRICE PERCENT` ignores the percentage. A price of 20000 cents with 25 percent off is 15000.
        Round down to whole cents. Add a test.

        <!-- A comment that nobody sees in the browser. -->
        """;

    private const string Tests = """
        #!/bin/sh
        # Runs all tests and reports in TAP.
        cd "$(dirname "$0")/.." || exit 1
        . ./price.sh
        number=0
        failed=0

        is() { # is DESCRIPTION WANTED GOT
          number=$((number + 1))
          if [ "$2" = "$3" ]; then
            echo "ok $number - $1"
          else
            failed=1
            echo "not ok $number - $1"
            echo "  ---"
            echo "  message: expected $2, got $3"
            echo "  ..."
          fi
        }

        echo "TAP version 13"
        for file in tests/*.test.sh; do . "./$file"; done
        echo "1..$number"
        exit $failed

        """;

    private const string PriceTests = """
        is "no discount leaves the price" 20000 "$(price_after 20000 0)"
        is "nothing stays nothing" 0 "$(price_after 0 25)"
        is "a discount never makes a price negative" yes "$(test "$(price_after 10 25)" -ge 0 && echo yes)"

        """;

    private const string DiscountTest = """
        is "25 percent off 20000 is 15000" 15000 "$(price_after 20000 25)"
        is "cents are rounded down" 7 "$(price_after 10 25)"

        """;

    private const string WithoutDiscount = """
        # price_after PRICE PERCENT: the price in cents.
        price_after() {
          echo "$1"
        }

        """;

    private const string Broken = """
        # price_after PRICE PERCENT: the price in cents.
        price_after() {
          echo $(($1 - $2))
        }

        """;

    private const string Gate = """
        version: 1
        checks:
          - id: test
            run: ["sh", "tests/run.sh"]
            requires: ["sh"]
            timeout: 1m
            report: {format: tap}
        protected: [".pawl/**"]
        tests: ["tests/**"]
        limits: {files: 10, attempts: 3, wall: 1m}

        """;

    /// <summary>The files of the base commit.</summary>
    public static IReadOnlyDictionary<string, string> Files(ChangePurpose purpose) => new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        [".pawl/gate.yaml"] = Gate,
        ["AGENTS.md"] = "Prices are whole cents. Keep to POSIX sh.\n",
        ["price.sh"] = purpose == ChangePurpose.Issue ? WithoutDiscount : Broken,
        ["tests/price.test.sh"] = purpose == ChangePurpose.Issue ? PriceTests : PriceTests + DiscountTest,
        ["tests/run.sh"] = Tests,
    };
}
