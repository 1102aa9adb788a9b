namespace Pawl.Insights;

/// <summary>
/// Aligns two sequences by their longest common subsequence: Hirschberg (1975), Communications of the ACM 18, 341–343. Time is the
/// product of the lengths, memory their sum.
/// </summary>
internal static class SequenceAlignment
{
    /// <summary>The pairs of positions that belong together, ascending in both sequences; no longer list exists.</summary>
    public static List<(int A, int B)> Align(ReadOnlySpan<int> a, ReadOnlySpan<int> b)
    {
        var pairs = new List<(int, int)>();
        Align(a, b, 0, 0, pairs);
        return pairs;
    }

    private static void Align(ReadOnlySpan<int> a, ReadOnlySpan<int> b, int fromA, int fromB, List<(int, int)> pairs)
    {
        var common = a.CommonPrefixLength(b);
        for (var i = 0; i < common; i++) pairs.Add((fromA + i, fromB + i));
        (fromA, fromB) = (fromA + common, fromB + common);
        a = a[common..];
        b = b[common..];
        if (a.IsEmpty || b.IsEmpty) return;
        if (a.Length == 1)
        {
            var at = b.IndexOf(a[0]);
            if (at >= 0) pairs.Add((fromA, fromB + at));
            return;
        }

        var half = a.Length / 2;
        var left = Lengths(a[..half], b, reverse: false);
        var right = Lengths(a[half..], b, reverse: true);
        var (best, split) = (-1, 0);
        for (var j = 0; j <= b.Length; j++)
        {
            if (left[j] + right[b.Length - j] <= best) continue;
            (best, split) = (left[j] + right[b.Length - j], j);
        }

        Align(a[..half], b[..split], fromA, fromB, pairs);
        Align(a[half..], b[split..], fromA + half, fromB + split, pairs);
    }

    // For each beginning of b (or each end, in reverse), the length of what it has in common with all of a.
    private static int[] Lengths(ReadOnlySpan<int> a, ReadOnlySpan<int> b, bool reverse)
    {
        var row = new int[b.Length + 1];
        for (var i = 0; i < a.Length; i++)
        {
            var item = reverse ? a[^(i + 1)] : a[i];
            var diagonal = 0;
            for (var j = 1; j < row.Length; j++)
            {
                var above = row[j];
                row[j] = item == (reverse ? b[^j] : b[j - 1]) ? diagonal + 1 : Math.Max(above, row[j - 1]);
                diagonal = above;
            }
        }

        return row;
    }
}
