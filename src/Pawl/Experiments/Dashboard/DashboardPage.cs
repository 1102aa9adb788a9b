using System.Security.Cryptography;
using System.Text;
using Pawl.Ledger;

namespace Pawl.Experiments.Dashboard;

/// <summary>
/// The dashboard of an experiment as it was at a moment: a page that needs nothing else, neither a script nor the network, and that is well-formed as XML too.
/// The same input has the same bytes, on any machine and at any time, so that its digest names it.
/// </summary>
public static class DashboardPage
{
    /// <summary>Draws the dashboard.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="looks">Its looks; may be none.</param>
    /// <param name="receipts">The receipts under its contract; may be none.</param>
    /// <returns>The page, the same data as JSON, and the SHA-256 of the page.</returns>
    public static Snapshot Render(Experiment experiment, IReadOnlyList<LookReport> looks, IReadOnlyList<Receipt> receipts)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        ArgumentNullException.ThrowIfNull(looks);
        ArgumentNullException.ThrowIfNull(receipts);
        var data = new DashboardData(experiment, looks, receipts);
        // The line ends of this file would be those of whoever checked it out.
        var html = Page(data).Markup.Replace("\r\n", "\n", StringComparison.Ordinal);
        return new Snapshot(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(html))), html, DashboardJson.Write(data));
    }

    private static Html Page(DashboardData data) => Html.Of($"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8"/>
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <meta name="color-scheme" content="light dark"/>
        <meta name="referrer" content="no-referrer"/>
        <title>{data.Contract.Terms.FlagKey}: {StateNote.Of(data).Title}</title>
        <style>{new Html(Style.Sheet)}</style>
        </head>
        <body>
        {SummarySection.Draw(data)}
        <main>
        {Measured(data)}
        {UndecidedSection.Draw(data)}
        {LooksSection.Draw(data)}
        {ContractSection.Draw(data)}
        {RecordSection.Draw(data)}
        </main>
        <footer><p>Drawn by Pawl from the record alone. This page runs no script and loads nothing. All times are UTC.</p></footer>
        </body>
        </html>

        """);

    // What ended it stands first.
    private static Html Measured(DashboardData data) => data.Verdict switch
    {
        Verdict.GuardrailStop => Html.Of($"{GuardrailsSection.Draw(data)}{EffectsSection.Draw(data)}{TimeSection.Draw(data)}{ArmsSection.Draw(data)}"),
        Verdict.Rollback { Why: var why } when why.Any(reason => reason.Code is VerdictCode.SampleRatioMismatch or VerdictCode.Crossover) =>
            Html.Of($"{ArmsSection.Draw(data)}{EffectsSection.Draw(data)}{TimeSection.Draw(data)}{GuardrailsSection.Draw(data)}"),
        _ => Html.Of($"{EffectsSection.Draw(data)}{TimeSection.Draw(data)}{ArmsSection.Draw(data)}{GuardrailsSection.Draw(data)}"),
    };
}
