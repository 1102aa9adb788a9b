using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using FsCheck;
using FsCheck.Fluent;
using Pawl.Experiments;
using Xunit;

namespace Pawl.Tests.Experiments.Dashboard;

public sealed partial class DashboardPageTests
{
    private const string Hostile = "<script>alert(1)</script>\"'&]]>\u0001";

    public static TheoryData<string> Samples { get; } = [.. All.Keys];

    private static Dictionary<string, Dashboards> All => new(StringComparer.Ordinal)
    {
        ["clean win"] = Dashboards.CleanWin,
        ["guardrail stop"] = Dashboards.GuardrailStop,
        ["running"] = Dashboards.Running,
        ["three arms"] = Dashboards.ThreeArms,
        ["many looks"] = Dashboards.ManyLooks,
        ["no looks"] = Dashboards.NoLooks,
    };

    [Theory]
    [MemberData(nameof(Samples))]
    public void Render_TheSameInput_HasTheSameBytesInAnyCulture(string sample)
    {
        var first = All[sample].Render();
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = Foreign();
            Assert.Equal("~1;5", (-1.5).ToString("0.0", CultureInfo.CurrentCulture));
            Assert.Equal(first, All[sample].Render());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Render_AnySample_HasTheDigestOfItsPage(string sample)
    {
        var snapshot = All[sample].Render();

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(snapshot.Html))), snapshot.Digest);
        Assert.Equal(snapshot.Json, Encoding.UTF8.GetString(CanonicalJson.Serialize(Json.Parse(snapshot.Json))));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Render_AnySample_IsWellFormedAndLoadsNothing(string sample)
    {
        var snapshot = All[sample].Render();
        var page = Parsed(snapshot.Html);

        Assert.DoesNotContain(page.Descendants(), element => element.Name.LocalName is "script" or "link" or "img" or "iframe" or "object" or "embed" or "base" or "form" or "use" or "image" or "a");
        Assert.DoesNotContain(page.Descendants().Attributes(), attribute => attribute.Name.LocalName is "src" or "href" or "srcset" or "action" or "style" || attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
        Assert.DoesNotContain("://", snapshot.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("url(", snapshot.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", snapshot.Html, StringComparison.Ordinal);
        Assert.StartsWith("default-src 'none'; style-src 'unsafe-inline'", page.Descendants("meta").Single(meta => meta.Attribute("http-equiv")?.Value == "Content-Security-Policy").Attribute("content")!.Value, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Render_AnySample_CanBeReadWithoutSeeingIt(string sample)
    {
        var page = Parsed(All[sample].Render().Html);

        Assert.Equal("en", page.Root!.Attribute("lang")!.Value);
        Assert.Single(page.Descendants("h1"));
        Assert.All(page.Descendants("section"), section => Assert.NotEmpty(section.Descendants("h2")));
        Assert.All(page.Descendants("table"), table => Assert.All(table.Element("thead")!.Descendants("th"), head => Assert.Equal("col", head.Attribute("scope")!.Value)));
        Assert.All(page.Descendants("svg").Where(svg => svg.Ancestors("svg").All(outer => outer.Attribute("role") is null && outer.Attribute("aria-hidden") is null)), svg =>
            Assert.True(svg.Attribute("aria-hidden")?.Value == "true" || (svg.Attribute("role")?.Value == "img" && svg.Element("title")!.Value.Length > 0 && svg.Element("desc")!.Value.Length > 0)));
        Assert.All(page.Descendants("table"), table => Assert.Single(table.Descendants("tr").Where(row => row.Attribute("class")?.Value is not "metric").Select(Columns).Distinct()));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Render_AnySample_ShowsNoNumberThatTheDataLack(string sample)
    {
        var snapshot = All[sample].Render();
        var page = Parsed(snapshot.Html);
        var (numbers, texts) = Leaves(Json.Parse(snapshot.Json));

        Assert.All(page.Descendants("data"), shown => Assert.Contains(double.Parse(shown.Attribute("value")!.Value, CultureInfo.InvariantCulture), numbers));
        Assert.All(page.Descendants("time"), shown => Assert.Contains(shown.Attribute("datetime")!.Value, texts));
        // Outside of drawings every other digit is part of a text of the data, or of a name of this product.
        var all = string.Join('\n', texts) + "\nSHA-256";
        var rest = page.Root!.Element("body")!.DescendantNodes().OfType<XText>()
            .Where(text => text.Ancestors().All(element => element.Name.LocalName is not ("data" or "time" or "svg")) && Digit().IsMatch(text.Value))
            .SelectMany(text => text.Value.Split([' ', '\n', '{', '}'], StringSplitOptions.RemoveEmptyEntries)).Where(word => Digit().IsMatch(word)).Distinct(StringComparer.Ordinal);
        Assert.All(rest.Where(word => !word.Contains('"', StringComparison.Ordinal)), word => Assert.Contains(word.TrimEnd(',', ')'), all, StringComparison.Ordinal));
        Assert.True(page.Descendants("data").Count() > 10);
    }

    [Fact]
    public void Render_NamesThatAreMarkup_AreTextOnThePage()
    {
        var sample = Dashboards.CleanWin;
        var look = sample.Looks[^1];
        var hostile = sample with
        {
            Experiment = sample.Experiment with { RegisteredBy = Hostile, RunId = Hostile },
            Looks = [.. sample.Looks.SkipLast(1), look with
            {
                Faults = [Hostile],
                Restated = [Hostile],
                Metrics = [.. look.Metrics.Select(metric => metric with { Name = Hostile, Effects = [.. metric.Effects.Select(effect => effect with { Arm = Hostile })] })],
                Guardrails = [.. look.Guardrails.Select(guardrail => guardrail with { Metric = Hostile, Arm = Hostile, Demand = Hostile })],
                Questions = [new LookQuestion(Hostile, Hostile, Hostile, new Dictionary<string, string> { [Hostile] = Hostile }, look.At, 1)],
                Verdict = new Verdict.Rollback([new VerdictReason(VerdictCode.Worse, Hostile, Hostile, Hostile)]),
            }],
            Receipts = [.. sample.Receipts.Select(receipt => receipt with { Tool = Hostile, Ref = Hostile, Actor = Hostile, Message = Hostile })],
        };

        var snapshot = hostile.Render();

        var page = Parsed(snapshot.Html);
        Assert.Empty(page.Descendants("script"));
        Assert.DoesNotContain("<script", snapshot.Html, StringComparison.OrdinalIgnoreCase);
        Assert.True(page.DescendantNodes().OfType<XText>().Count(text => text.Value.Contains(Hostile[..^1] + '\uFFFD', StringComparison.Ordinal)) > 30);
        Assert.Contains(Hostile, Leaves(Json.Parse(snapshot.Json)).Texts);
    }

    [Fact]
    public void Render_LooksWithAnythingInThem_IsAPage() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(LongRun.Scale(150, 5000)), Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            var random = new RandomLooks(seed);
            // Counts above 2^53 are not what canonical JSON is for.
            LookReport[] looks = [.. Enumerable.Range(1, 3).Select(number => random.Next() with { Number = number, Arms = [new LookArm("control", 5, 0, 5)], RampStep = 0 })];
            var snapshot = (Dashboards.Running with { Looks = looks }).Render();

            var page = Parsed(snapshot.Html);
            Assert.DoesNotContain(page.Descendants().Attributes(), attribute => attribute.Name.LocalName is "x" or "x1" or "x2" or "y" or "y1" or "y2" or "d" or "cx" or "cy" && (attribute.Value.Contains("NaN", StringComparison.Ordinal) || attribute.Value.Contains('∞', StringComparison.Ordinal)));
        }));

    [Fact]
    public void Render_NoLooks_SaysSo()
    {
        var text = Parsed(Dashboards.NoLooks.Render().Html).Root!.Value;

        Assert.Contains("Running: no look yet", text, StringComparison.Ordinal);
        Assert.Contains("No effect has been measured yet.", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_TwoWeeksOfHourlyLooks_StaysBelow300Kilobytes()
    {
        var page = Dashboards.ManyLooks.Render().Html;

        Assert.InRange(Encoding.UTF8.GetByteCount(page), 50_000, 300_000);
        Assert.Equal(336, Dashboards.ManyLooks.Looks.Count);
    }

    [Fact]
    public void Render_EachState_SaysWhatItMeansAndWhatToDo()
    {
        Verdict[] verdicts =
        [
            new Verdict.GuardrailStop([Why(VerdictCode.GuardrailBreached)]), new Verdict.Promote("treatmentA", [Why(VerdictCode.Better)]), new Verdict.Inconclusive([Why(VerdictCode.PlannedSample)]),
            new Verdict.Rollback([Why(VerdictCode.Worse)]), new Verdict.Rollback([Why(VerdictCode.SampleRatioMismatch)]), new Verdict.Rollback([Why(VerdictCode.Crossover)]), new Verdict.Rollback([Why(VerdictCode.Unmeasurable)]),
        ];
        var ended = verdicts.Select(verdict => Dashboards.Of(5, 24, verdict));
        var waiting = Dashboards.Running with { Experiment = Dashboards.Running.Experiment with { Approval = new ApprovalState("treatmentA", Dashboards.Start) } };
        var ending = Dashboards.CleanWin with { Experiment = Dashboards.CleanWin.Experiment with { EndedAt = null } };
        var starting = Dashboards.NoLooks with { Experiment = Dashboards.NoLooks.Experiment with { AllocatedAt = null } };

        string[] titles = [.. ended.Concat([waiting, ending, starting, Dashboards.Running, Dashboards.NoLooks]).Select(sample => Parsed(sample.Render().Html).Descendants("h2").First().Value)];

        Assert.Equal(titles.Length, titles.Distinct(StringComparer.Ordinal).Count());
        Assert.Contains("Promoted: treatmentA", titles);
        Assert.Contains("Ending: promoted", titles);
    }

    // The tests run without the cultures' data, so this one is made up.
    private static CultureInfo Foreign()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (culture.NumberFormat.NumberDecimalSeparator, culture.NumberFormat.NumberGroupSeparator, culture.NumberFormat.NegativeSign) = (";", "_", "~");
        (culture.DateTimeFormat.TimeSeparator, culture.DateTimeFormat.DateSeparator) = ("h", "!");
        return culture;
    }

    private static VerdictReason Why(VerdictCode code) => new(code, "why");

    private static int Columns(XElement row) => row.Elements().Sum(cell => (int?)cell.Attribute("colspan") ?? 1);

    private static XDocument Parsed(string html)
    {
        using var reader = XmlReader.Create(new StringReader(html), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore, XmlResolver = null });
        return XDocument.Load(reader, LoadOptions.PreserveWhitespace);
    }

    private static (HashSet<double> Numbers, HashSet<string> Texts) Leaves(JsonElement value)
    {
        var (numbers, texts) = (new HashSet<double>(), new HashSet<string>(StringComparer.Ordinal));
        Visit(value);
        return (numbers, texts);

        void Visit(JsonElement at)
        {
            if (at.ValueKind == JsonValueKind.Number) numbers.Add(at.GetDouble());
            if (at.ValueKind == JsonValueKind.String) texts.Add(at.GetString()!);
            if (at.ValueKind == JsonValueKind.Array) foreach (var item in at.EnumerateArray()) Visit(item);
            if (at.ValueKind != JsonValueKind.Object) return;
            foreach (var member in at.EnumerateObject())
            {
                texts.Add(member.Name);
                Visit(member.Value);
            }
        }
    }

    [GeneratedRegex("[0-9]")]
    private static partial Regex Digit();
}
