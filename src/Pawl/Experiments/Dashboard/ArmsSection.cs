using Pawl.Statistics;

namespace Pawl.Experiments.Dashboard;

/// <summary>The arms: what each serves, how many units it has, and whether they arrived in the shares agreed on.</summary>
internal static class ArmsSection
{
    public static Html Draw(DashboardData data) => Html.Of($"""
        <section><h2>Arms</h2>
        <div class="scroll"><table><thead><tr><th scope="col">Arm</th><th scope="col" class="n">Agreed</th><th scope="col" class="n">Observed</th><th scope="col" class="n">Exposed</th><th scope="col" class="n">Crossovers</th><th scope="col" class="n">Counted</th><th scope="col" class="n">Planned</th></tr></thead>
        <tbody>{data.Arms.Select(Row)}</tbody></table></div>
        {Split(data)}
        <details><summary>What each arm serves</summary><dl class="facts">{data.Request.Arms.Select(arm => Html.Of($"<dt>{arm.Name}</dt><dd><code class=\"said\">{arm.Value.GetRawText()}</code></dd>"))}</dl></details></section>
        """);

    private static Html Row(ArmShown arm) => Html.Of($"""
        <tr><th scope="row">{arm.Arm.Name}</th><td class="n">{Figures.Percent(arm.Arm.Percent)}</td><td class="n">{(arm.Share is { } share ? Figures.Share(share) : Figures.None)}</td><td class="n">{Count(arm.Seen?.Exposed)}</td><td class="n">{Count(arm.Seen?.Crossovers)}</td><td class="n">{Count(arm.Seen?.Units)}</td><td class="n">{Figures.Count(arm.Planned)}</td></tr>
        """);

    private static Html Count(long? count) => count is { } n ? Figures.Count(n) : Figures.None;

    private static Html Split(DashboardData data)
    {
        if (data.Last is not { } look) return Html.Of($"<p class=\"empty\">No unit was counted yet.</p>");
        var reading = look.SplitP switch
        {
            null => Html.Of($"The split could not be tested yet."),
            < SampleRatioTest.Alpha => Html.Of($"{(Standing.Worse with { Word = "mismatch" }).Badge()} The units did not arrive in the shares agreed on: p = {Figures.Probability(look.SplitP)}, below {Figures.Given(SampleRatioTest.Alpha, Measure.Plain)}."),
            _ => Html.Of($"{(Standing.Better with { Word = "holds" }).Badge()} The units arrived in the shares agreed on: p = {Figures.Probability(look.SplitP)}; a mismatch is called below {Figures.Given(SampleRatioTest.Alpha, Measure.Plain)}."),
        };
        return Html.Of($"<p><b>Sample ratio.</b> {reading} Crossovers are units that saw two arms; they count nowhere else, and above {Figures.Share(VerdictRule.CrossoverMax)} of all units the experiment ends.</p>");
    }
}
