namespace Pawl.Changes.Simulation;

/// <summary>Agents as scripts: they read their brief, edit, and say what they did.</summary>
internal static class ScriptedAgent
{
    private const string Beginning = """
        cat > /dev/null # the brief
        price() { # price EXPRESSION
          { echo "# price_after PRICE PERCENT: the price in cents."; echo "price_after() {"; echo "  echo \$(($1))"; echo "}"; } > price.sh
        }

        """;

    private const string Right = """
        price '$1 * (100 - $2) / 100'
        """;

    private const string RightTest = """

        { echo "is \"25 percent off 20000 is 15000\" 15000 \"\$(price_after 20000 25)\""; echo "is \"cents are rounded down\" 7 \"\$(price_after 10 25)\""; } > tests/discount.test.sh
        echo "I take the percentage off the price, and added two tests: the example of the issue, and rounding."
        """;

    private const string FlatWithTest = """
        price "\$1 - \$2 * $PAWL_ATTEMPT"
        { echo "is \"25 off 20000\" $((20000 - 25 * PAWL_ATTEMPT)) \"\$(price_after 20000 25)\""; } > tests/discount.test.sh
        echo "I subtract the discount from the price, and added a test."
        """;

    private const string FlatThenRight = """
        if [ "$PAWL_ATTEMPT" = 1 ]; then
          price '$1 > $2 ? $1 - $2 : 0'
          echo "The price went below nothing: I keep it at 0."
        else
          price '$1 * (100 - $2) / 100'
          echo "The discount is a percentage and was taken as an amount: I take the percentage now."
        fi
        """;

    private const string AlwaysFlat = """
        price '$1 > $2 ? $1 - $2 : 0 - 1'
        echo "This should do it."
        """;

    /// <summary>The script of an agent.</summary>
    public static string Of(ChangePurpose purpose, Behaviour behaviour) => Beginning + behaviour switch
    {
        Behaviour.Good when purpose == ChangePurpose.Issue => Right + RightTest,
        Behaviour.Good => Right + "\necho \"The discount is a percentage and was taken as an amount.\"\n",
        Behaviour.Bad when purpose == ChangePurpose.Issue => FlatWithTest,
        Behaviour.Bad => FlatThenRight,
        _ => AlwaysFlat,
    };
}
