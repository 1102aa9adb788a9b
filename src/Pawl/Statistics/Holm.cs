namespace Pawl.Statistics;

/// <summary>The correction of Holm (1979), Scandinavian Journal of Statistics 6, 65–70, for asking several questions at once.</summary>
public static class Holm
{
    /// <summary>
    /// The adjusted p-values in the order of the given ones. Those below α are significant, with a chance of at most α that any of
    /// them is wrong, however the questions depend on each other. Sequential p-values stay valid at every look.
    /// </summary>
    /// <param name="p">The p-values, each from 0 to 1.</param>
    public static IReadOnlyList<double> Adjust(IReadOnlyList<double> p)
    {
        ArgumentNullException.ThrowIfNull(p);
        if (p.FirstOrDefault(value => value is not (>= 0 and <= 1), 0) is var bad and not 0)
            throw new ArgumentOutOfRangeException(nameof(p), bad, "A p-value is from 0 to 1.");
        var adjusted = new double[p.Count];
        var highest = 0.0;
        var rank = 0;
        foreach (var i in Enumerable.Range(0, p.Count).OrderBy(i => p[i]))
            adjusted[i] = highest = Math.Max(highest, Math.Min(1, (p.Count - rank++) * p[i]));
        return adjusted;
    }
}
