namespace Pawl.Changes;

/// <summary>What the sandbox noticed of checks, for a reviewer: a process left behind, output cut.</summary>
internal static class CheckNotes
{
    private const int NotesMax = 10;

    /// <summary>The notes of an attempt's runs of the gate, each kind once; what the same check did on the base commit as well is not the change's doing.</summary>
    public static IReadOnlyList<string> Of(IEnumerable<GateRunOutcome> runs, GateResult onBase)
    {
        var before = Each(onBase).Select(Kind).ToHashSet();
        return [.. runs.SelectMany(run => Each(run.Result)).DistinctBy(Kind).Where(each => !before.Contains(Kind(each))).Select(Say).Take(NotesMax)];
    }

    /// <summary>The notes of one run.</summary>
    public static IEnumerable<string> Of(GateResult result) => Each(result).Select(Say);

    private static IEnumerable<(string Check, string Note)> Each(GateResult result) => result.Checks.SelectMany(check => check.Notes.Select(note => (check.Id, note)));

    private static string Say((string Check, string Note) each) => $"the check {each.Check} {each.Note}";

    // How many bytes were printed differs from run to run; which check it was does not.
    private static (string Check, string Note) Kind((string Check, string Note) each) => (each.Check, string.Concat(each.Note.Where(c => !char.IsAsciiDigit(c) && c != ',')));
}
