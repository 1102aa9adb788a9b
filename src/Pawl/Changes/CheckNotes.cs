namespace Pawl.Changes;

/// <summary>What the sandbox noticed of checks, for a reviewer: a process left behind, output cut.</summary>
internal static class CheckNotes
{
    private const int NotesMax = 10;

    /// <summary>The notes of an attempt's runs of the gate, each kind once; what the same check did on the base commit as well is not the change's doing.</summary>
    public static IReadOnlyList<string> Of(IEnumerable<GateRunOutcome> runs, GateResult onBase)
    {
        var before = Of(onBase).Select(Kind).ToHashSet(StringComparer.Ordinal);
        return [.. runs.SelectMany(run => Of(run.Result)).DistinctBy(Kind, StringComparer.Ordinal).Where(note => !before.Contains(Kind(note))).Take(NotesMax)];
    }

    /// <summary>The notes of one run.</summary>
    public static IEnumerable<string> Of(GateResult result) => result.Checks.SelectMany(check => check.Notes.Select(note => $"the check {check.Id} {note}"));

    // How many bytes were printed differs from run to run.
    private static string Kind(string note) => string.Concat(note.Where(c => !char.IsAsciiDigit(c) && c != ','));
}
