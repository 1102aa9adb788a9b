namespace Pawl.Changes.Reports;

/// <summary>One stream of TAP: the whole report, or a subtest in it. Its name is known only when the point behind it is read.</summary>
/// <param name="announced">Whether it is a subtest for certain, and not output that happens to look like a test.</param>
internal sealed class TapLevel(TapLevel? parent, bool announced)
{
    private readonly HashSet<long> _numbers = [];
    private long? _planned;
    private string? _fault;

    public TapLevel? Parent => parent;

    public string Name { get; set; } = "";

    /// <summary>What the subtest is called that comes next, as a comment announced it.</summary>
    public string? Announced { get; set; }

    public long Seen { get; private set; }

    public void Plan(TapLine.Plan plan)
    {
        if (_planned is not null) _fault ??= "There are two plans.";
        if (plan.First != 1) _fault ??= $"The plan begins at {plan.First}.";
        _planned = plan.Last;
    }

    public void Count(long? number)
    {
        Seen++;
        // A number that is not written is one more than the one before.
        if (!_numbers.Add(number ?? Seen)) _fault ??= $"Test {number ?? Seen} is there twice.";
    }

    /// <summary>What is wrong with the plan, null when it was kept.</summary>
    public string? Complaint()
    {
        if (_fault is not null) return _fault;
        if (_planned is not { } planned) return announced ? $"There is no plan; the output may have ended early, after {Seen} tests." : null;
        if (planned != Seen) return $"{planned} tests were planned, {Seen} were run.";
        return _numbers.Count > 0 && _numbers.Max() > planned ? $"Test {_numbers.Max()} is beyond the plan of {planned}." : null;
    }

    /// <summary>An id with the names of the subtests around it.</summary>
    public string Path(string id)
    {
        var path = id;
        for (var level = this; level.Parent is not null; level = level.Parent) path = CaseList.Short($"{level.Name} > {path}");
        return path;
    }
}
