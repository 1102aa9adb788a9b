namespace Pawl.Experiments;

/// <summary>When an experiment is looked at: on a grid of hours since the start, so that a process that slept makes one look and not all it missed.</summary>
internal static class LookSchedule
{
    /// <summary>When the next look is due.</summary>
    public static DateTimeOffset Next(Experiment experiment)
    {
        var schedule = experiment.Contract.Request.Schedule;
        var guardrails = After(experiment, experiment.LastLookAt, schedule.GuardrailHours);
        var verdict = NextVerdict(experiment);
        // A look that might decide and could not measure is made again at the next turn, not at once.
        if (verdict <= experiment.LastLookAt) verdict = After(experiment, experiment.LastLookAt, Math.Min(schedule.GuardrailHours, schedule.VerdictHours));
        var next = guardrails < verdict ? guardrails : verdict;
        // A person has spoken: guardrails are looked at once more, and then it is done.
        if (experiment.Approval?.ApprovedAt is { } approved && approved > experiment.LastLookAt && approved < next) next = approved;
        var readable = experiment.StartedAt!.Value.AddHours(schedule.LagHours);
        return next > readable ? next : readable.AddTicks(1);
    }

    /// <summary>Whether a look at a time may decide.</summary>
    public static bool MayDecide(Experiment experiment, DateTimeOffset at) => at >= NextVerdict(experiment);

    private static DateTimeOffset NextVerdict(Experiment experiment)
    {
        var request = experiment.Contract.Request;
        var onGrid = After(experiment, experiment.LastVerdictLookAt, request.Schedule.VerdictHours);
        var end = experiment.StartedAt!.Value.AddDays(request.MaxDurationDays);
        // The end is looked at on its day, whatever the grid; after it every look may decide.
        return end < onGrid && !(experiment.LastVerdictLookAt >= end) ? end : onGrid;
    }

    private static DateTimeOffset After(Experiment experiment, DateTimeOffset? last, double hours)
    {
        var (start, step) = (experiment.StartedAt!.Value, TimeSpan.FromHours(hours).Ticks);
        var passed = last is { } at ? Math.Max(0, (at - start).Ticks / step) : 0;
        return start.AddTicks((passed + 1) * step);
    }
}
