namespace Pawl.Experiments.Dashboard;

/// <summary>What is undecided and why, and what could not be measured or reads otherwise than it did.</summary>
internal static class UndecidedSection
{
    public static Html Draw(DashboardData data) => Html.Of($"{Undecided(data)}{Troubles(data)}");

    private static Html Undecided(DashboardData data)
    {
        if (data.Verdict is not (Verdict.Running or Verdict.Inconclusive) || data.Last is not { } last) return Html.Nothing;
        var deciding = data.LastDeciding;
        var open = Open(data).ToList();
        var items = open.Count > 0 ? Html.Of($"""<ul class="plain">{open}</ul>""") : Html.Nothing;
        return Html.Of($"""<section><h2>What is undecided</h2>{(deciding is null ? Html.Nothing : At(deciding, "the last look that may decide"))}{(deciding == last ? Html.Nothing : At(last, "the last look"))}{items}</section>""");
    }

    private static Html At(LookReport look, string which) => Html.Of(
        $"""<p class="lead">At {which} (look {Figures.Count(look.Number)}, {Figures.Time(look.At)}):</p><ul class="reasons">{look.Verdict.Reasons.Select(SummarySection.Reason)}</ul>""");

    private static IEnumerable<Html> Open(DashboardData data)
    {
        foreach (var metric in data.Measured?.Metrics ?? [])
        {
            foreach (var effect in metric.Effects.Where(effect => effect.Reason is not null))
                yield return Html.Of($"<li>{Standing.Untested.Badge()} <b>{metric.Name}</b> of <b>{effect.Arm}</b>: {Words.Of(effect.Reason!.Value)}</li>");
        }

        foreach (var guardrail in data.Guarded?.Guardrails.Where(guardrail => guardrail.Standing == GuardrailStanding.Undecided) ?? [])
            yield return Html.Of($"<li>{Standing.Open.Badge()} guardrail <b>{guardrail.Metric}</b> of <b>{guardrail.Arm}</b>: {(guardrail.Reason is { } reason ? Words.Of(reason) : "the interval reaches across the limit")}</li>");
    }

    private static Html Troubles(DashboardData data)
    {
        var rows = Runs(data).ToList();
        if (rows.Count == 0) return Html.Of($"""<section><h2>Faults and restatements</h2><p class="empty">Every look could measure everything, and nothing that was closed reads otherwise today.</p></section>""");
        return Html.Of($"""
            <section><h2>Faults and restatements</h2>
            <div class="scroll"><table><thead><tr><th scope="col" class="n">Looks</th><th scope="col">From</th><th scope="col">Kind</th><th scope="col">What</th></tr></thead><tbody>{rows}</tbody></table></div></section>
            """);
    }

    // A source that is down says the same at each look: one line says from when to when.
    private static IEnumerable<Html> Runs(DashboardData data)
    {
        var open = new Dictionary<(string Kind, string Text), (LookReport First, LookReport Last)>();
        var closed = new List<(string Kind, string Text, LookReport First, LookReport Last)>();
        foreach (var look in data.Looks)
        {
            var said = look.Faults.Select(text => ("fault", text)).Concat(look.Restated.Select(text => ("restated", text))).ToHashSet();
            foreach (var (key, run) in open.Where(run => !said.Contains(run.Key)).ToList())
            {
                closed.Add((key.Kind, key.Text, run.First, run.Last));
                open.Remove(key);
            }

            foreach (var key in said) open[key] = open.TryGetValue(key, out var run) ? (run.First, look) : (look, look);
        }

        closed.AddRange(open.Select(run => (run.Key.Kind, run.Key.Text, run.Value.First, run.Value.Last)));
        return closed.OrderBy(run => run.First.Number).ThenBy(run => run.Kind, StringComparer.Ordinal).ThenBy(run => run.Text, StringComparer.Ordinal).Select(run => Html.Of(
            $"""<tr><td class="n">{Figures.Count(run.First.Number)}{(run.Last == run.First ? Html.Nothing : Html.Of($" – {Figures.Count(run.Last.Number)}"))}</td><td>{Figures.Time(run.First.At)}</td><td>{run.Kind}</td><td class="said">{run.Text}</td></tr>"""));
    }
}
