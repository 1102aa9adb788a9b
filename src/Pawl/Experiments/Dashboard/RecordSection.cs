using System.Globalization;
using Pawl.Ledger;

namespace Pawl.Experiments.Dashboard;

/// <summary>The evidence: the statements behind the numbers, the receipts of what was done, and how to check both.</summary>
internal static class RecordSection
{
    public static Html Draw(DashboardData data) => Html.Of($"{Statements(data)}{Receipts(data)}");

    private static Html Statements(DashboardData data)
    {
        // Each metric's last one: between looks only their parameters differ.
        var asked = data.Looks.SelectMany(look => look.Questions.Select(question => (look, question)))
            .GroupBy(asked => (asked.question.Metric, asked.question.Source)).Select(group => group.Last())
            .OrderBy(asked => asked.question.Metric, StringComparer.Ordinal).ThenBy(asked => asked.question.Source, StringComparer.Ordinal).ToList();
        return asked.Count == 0
            ? Html.Of($"""<section><h2>Statements</h2><p class="empty">No source was asked yet.</p></section>""")
            : Html.Of($"""<section><h2>Statements</h2><p class="lead">What each source was asked last. The statements of every look are in the data that belong to this page.</p>{asked.Select(Statement)}</section>""");
    }

    private static Html Statement((LookReport Look, LookQuestion Question) asked)
    {
        var (look, question) = asked;
        var parameters = question.Parameters.OrderBy(parameter => parameter.Key, StringComparer.Ordinal).Select(parameter => Html.Of($"<dt><code>{parameter.Key}</code></dt><dd><code>{parameter.Value}</code></dd>")).ToList();
        return Html.Of($"""
            <details class="statement"><summary><b>{question.Metric}</b> from <span>{question.Source}</span></summary>
            <p class="lead">Asked at look {Figures.Count(look.Number)}, {Figures.Time(question.AskedAt)}; the answer took {Figures.Value(question.TookMs, Measure.Plain)} ms.</p>
            <pre class="said">{question.Statement}</pre>{(parameters.Count > 0 ? Html.Of($"<dl class=\"facts\">{parameters}</dl>") : Html.Nothing)}</details>
            """);
    }

    private static Html Receipts(DashboardData data)
    {
        var (looks, acts) = (data.OfLooks, data.Acts);
        var folded = looks.Count == 0 ? Html.Nothing : Html.Of($"""
            <details><summary>{Figures.Count(looks.Count)} receipts of looks{(looks.Count > LooksSection.QuietMax ? "; the newest are listed" : "")}</summary>
            <div class="scroll"><table class="dense"><thead><tr><th scope="col" class="n">Seq</th><th scope="col">Ref</th><th scope="col">At</th></tr></thead><tbody>{looks.TakeLast(LooksSection.QuietMax).Select(receipt => Html.Of($"<tr><td class=\"n\">{Seq(receipt)}</td><td><code>{receipt.Ref}</code></td><td>{Figures.Time(receipt.At)}</td></tr>"))}</tbody></table></div></details>
            """);
        var table = acts.Count == 0 ? Html.Of($"<p class=\"empty\">Nothing else was done yet.</p>") : Html.Of($"""
            <div class="scroll"><table><thead><tr><th scope="col" class="n">Seq</th><th scope="col">Ref</th><th scope="col">Tool</th><th scope="col">At</th><th scope="col">By</th><th scope="col">Result</th><th scope="col">Message</th></tr></thead><tbody>{acts.Select(Act)}</tbody></table></div>
            """);
        return Html.Of($"""
            <section><h2>Receipts</h2><p class="lead">What was done, in the order of the ledger. Nothing counts as done without one.</p>{table}{folded}
            <h3>How to check this page</h3>
            <ul class="plain"><li>That no receipt was changed, removed or added: <code>pawl ledger verify</code></li>
            <li>What one of them says: <code>pawl ledger show {data.Receipts.LastOrDefault(receipt => receipt.Ok)?.Ref ?? "REF"}</code></li>
            <li>That this is the page on record: the SHA-256 of the file is its name, and <code>DASH-</code> with its first digits the ref of its receipt.</li></ul></section>
            """);
    }

    private static Html Act(Receipt receipt) => Html.Of($"""
        <tr><td class="n">{Seq(receipt)}</td><td><code>{receipt.Ref}</code></td><td>{receipt.Tool}</td><td>{Figures.Time(receipt.At)}</td><td>{receipt.Actor}</td><td>{Result(receipt)}</td><td class="said">{receipt.Message}</td></tr>
        """);

    private static Html Seq(Receipt receipt) => Html.Of($"<data value=\"{receipt.Seq.ToString(CultureInfo.InvariantCulture)}\">{receipt.Seq.ToString(CultureInfo.InvariantCulture)}</data>");

    private static Html Result(Receipt receipt) => receipt switch
    {
        { Kind: ReceiptKind.Intent } => (Standing.Open with { Word = "intended" }).Badge(),
        { Ok: true } => (Standing.Better with { Word = "done" }).Badge(),
        _ => (Standing.Worse with { Word = "not done" }).Badge(),
    };
}
