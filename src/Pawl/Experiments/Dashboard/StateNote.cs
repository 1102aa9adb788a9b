namespace Pawl.Experiments.Dashboard;

/// <summary>What the state of an experiment means, and what is to be done next.</summary>
/// <param name="Class">How it is coloured: good, bad, open or busy.</param>
/// <param name="Title">The state in a few words.</param>
/// <param name="Meaning">What it means.</param>
/// <param name="Next">What to do next.</param>
internal sealed record StateNote(string Class, string Title, string Meaning, string Next)
{
    public static StateNote Of(DashboardData data) => data.Experiment.State switch
    {
        "starting" => new("busy", "Starting", "The experiment is registered; no traffic is allocated yet.", "Nothing. The first look comes once units have been exposed."),
        "ending" => new("busy", $"Ending: {Words.Short(data.Verdict!.State).ToLowerInvariant()}", "The verdict is in and is being carried out. It is reported as done only once the flag was read back and says so.", "Wait for the receipts. If this state lasts, look for a receipt below that is not ok."),
        "guardrail_stop" => new("bad", "Stopped by a guardrail", "A metric that must not get worse did. The run is stopped, and everyone gets the control.", "Read which guardrail and in which arm below, find out why, and register a new experiment with the repaired change."),
        "promote" => new("good", $"Promoted: {(data.Verdict as Verdict.Promote)?.Arm}", "The treatment is better than the control, and no guardrail stands against it. Everyone gets it now.", "Nothing for the experiment. Clear the losing variants out of the code, and keep this page as the evidence."),
        "rollback" => RolledBack(data.Verdict!),
        "inconclusive" => new("open", "Inconclusive", "The end has come without a decision. Everyone gets the control.", "Do not read a trend into it. If the effect still matters, register a new experiment with a larger sample or a larger MDE."),
        _ => Running(data),
    };

    private static StateNote RolledBack(Verdict verdict)
    {
        var codes = verdict.Reasons.Select(reason => reason.Code).ToHashSet();
        if (codes.Contains(VerdictCode.SampleRatioMismatch))
            return new("bad", "Rolled back: the split is broken", "Units did not arrive in the shares agreed on, so the arms cannot be compared, whatever the effects say. Everyone gets the control.", "Find out which units are missing: redirects, bots, lost exposure logs. Then register a new experiment.");
        if (codes.Contains(VerdictCode.Crossover))
            return new("bad", "Rolled back: units in two arms", "Too many units were seen in more than one arm, so the arms cannot be compared. Everyone gets the control.", "Find out why the unit’s id changes, or choose another unit. Then register a new experiment.");
        return codes.Contains(VerdictCode.Unmeasurable)
            ? new("bad", "Rolled back: it could not be measured", "For too long nothing could be said, and what is missing never counts as good. Everyone gets the control.", "Mend the source named below. Then register a new experiment.")
            : new("bad", "Rolled back: worse than the control", "Every treatment is worse on the metric that decides. Everyone gets the control.", "Do not ship it. The effects below say how much it would have cost.");
    }

    private static StateNote Running(DashboardData data)
    {
        if (data.Experiment.Approval is { ApprovedBy: null } waiting)
            return new("busy", "Running: a person has to approve", $"{waiting.Arm} is better, and the contract leaves the promotion to a person.", $"Approve it or stop the experiment: pawl experiment approve {data.Experiment.Id}");
        if (data.Last is null) return new("busy", "Running: no look yet", "Units are being assigned. Nothing was measured so far.", "Nothing. The first look is made on schedule.");
        return data.Last.Verdict.Reasons.Any(reason => reason.Code == VerdictCode.CannotMeasure)
            ? new("bad", "Running: on hold", "Something could not be measured. What is missing never counts as good, so nothing is decided.", "Mend what is named below. If it stays so, the experiment is rolled back.")
            : new("busy", "Running", "Nothing is decided yet; what is undecided, and why, stands below.", "Nothing. Looking here as often as you like changes nothing: the verdict is the registered rule’s.");
    }
}
