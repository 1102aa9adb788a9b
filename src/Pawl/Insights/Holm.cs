namespace Pawl.Insights;

/// <summary>The correction of Holm (1979), Scandinavian Journal of Statistics 6, 65–70, for asking several questions at once.</summary>
public static class Holm
{
    /// <summary>The adjusted p-values in the order of the given ones: below 0.05 among them, at most one answer in twenty families is wrong.</summary>
    public static IReadOnlyList<double> Adjust(IReadOnlyList<double> p)
    {
        var adjusted = new double[p.Count];
        var highest = 0.0;
        var rank = 0;
        foreach (var i in Enumerable.Range(0, p.Count).OrderBy(i => p[i]))
            adjusted[i] = highest = Math.Max(highest, Math.Min(1, (p.Count - rank++) * p[i]));
        return adjusted;
    }
}
