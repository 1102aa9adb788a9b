namespace Pawl.Experiments.Golden;

/// <summary>Two lists of steps beside each other: <c>-</c> was expected and is missing, <c>+</c> happened and was not expected, both in place.</summary>
public static class StepDiff
{
    /// <summary>The lines of the difference; equal lines are indented.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<string> expected, IReadOnlyList<string> actual)
    {
        ArgumentNullException.ThrowIfNull(expected);
        ArgumentNullException.ThrowIfNull(actual);
        var common = Common(expected, actual);
        var lines = new List<string>();
        for (int i = 0, j = 0; i < expected.Count || j < actual.Count;)
        {
            if (i < expected.Count && j < actual.Count && expected[i] == actual[j])
            {
                lines.Add("  " + expected[i++]);
                j++;
            }
            else if (j == actual.Count || (i < expected.Count && common[i + 1, j] >= common[i, j + 1]))
            {
                lines.Add("- " + expected[i++]);
            }
            else
            {
                lines.Add("+ " + actual[j++]);
            }
        }

        return lines;
    }

    // The length of the longest common part from each pair of places on.
    private static int[,] Common(IReadOnlyList<string> expected, IReadOnlyList<string> actual)
    {
        var common = new int[expected.Count + 1, actual.Count + 1];
        for (var i = expected.Count - 1; i >= 0; i--)
        {
            for (var j = actual.Count - 1; j >= 0; j--)
                common[i, j] = expected[i] == actual[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        }

        return common;
    }
}
