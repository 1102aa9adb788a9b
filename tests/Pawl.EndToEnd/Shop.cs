using System.Globalization;
using System.Text;
using System.Text.Json;
using Pawl.Tests;

namespace Pawl.EndToEnd;

/// <summary>A place with a pawl.yaml and requests, whose visitors are shown an arm and act; experiments there take seconds.</summary>
internal sealed class Shop(Cli cli)
{
    /// <summary>What pawl.yaml says of metrics.</summary>
    public const string Metrics = """
        metrics:
          sources: {events: {kind: embedded}}
          definitions:
            signup: {source: events, kind: proportion, event: signup}
            crash: {source: events, kind: proportion, event: crash, better: lower}
        """;

    private const int VisitorsPerArm = 600;

    /// <summary>Writes pawl.yaml.</summary>
    public Shop Configure(string yaml = Metrics)
    {
        File.WriteAllText(Path.Combine(cli.WorkingDirectory, "pawl.yaml"), yaml);
        return this;
    }

    /// <summary>Writes a request, with other members in place of its own or none where they are empty, and returns the file's name.</summary>
    public string Request(string slug, params (string Member, string Value)[] changes)
    {
        var members = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["domain"] = "ui",
            ["slug"] = slug,
            ["treatment_spec"] = "{control: {page: 1}, treatment: {page: 2}}",
            ["hypothesis"] = "The second page wins signups",
            ["primary_metric"] = "signup",
            ["guardrails"] = "[{name: crash, threshold: 0.05, direction: \"<\"}]",
            ["mde"] = "0.05",
            ["max_duration_days"] = "1",
            ["baseline"] = "{mean: 0.3, units_per_day: 5000}",
            ["analysis"] = "{min_days: 0}",
            ["guardrail_hours"] = "0.0005",
            ["verdict_hours"] = "0.0005",
        };
        foreach (var (member, value) in changes) members[member] = value;
        File.WriteAllLines(Path.Combine(cli.WorkingDirectory, slug + ".yaml"), members.Where(member => member.Value.Length > 0).Select(member => $"{member.Key}: {member.Value}"));
        return slug + ".yaml";
    }

    /// <summary>Shows 600 visitors each arm after the start. Of the treatment's half sign up and of the control's three in ten; of the treatment's so many in 100 crash.</summary>
    public async Task VisitAsync(JsonElement started, int crashesInHundred = 1)
    {
        var (flag, start) = (started.GetProperty("flag").GetString(), started.GetProperty("started_at").GetDateTimeOffset());
        var (shown, acted) = (start.AddMilliseconds(1).ToString("O", CultureInfo.InvariantCulture), start.AddMilliseconds(2).ToString("O", CultureInfo.InvariantCulture));
        var lines = new StringBuilder();
        foreach (var (arm, signups, crashes) in (ReadOnlySpan<(string, int, int)>)[("control", 30, 1), ("treatment", 50, crashesInHundred)])
        {
            for (var visitor = 0; visitor < VisitorsPerArm; visitor++)
            {
                var unit = $"{flag}/{arm}{visitor}";
                lines.Append(CultureInfo.InvariantCulture, $$"""{"id":"{{unit}}/x","unit":"{{unit}}","at":"{{shown}}","flag":"{{flag}}","variant":"{{arm}}"}""").Append('\n');
                if (visitor % 100 < signups) Act(unit, "signup");
                if (visitor % 100 < crashes) Act(unit, "crash");
            }
        }

        var ended = await cli.FeedAsync(lines.ToString(), "metrics", "ingest", "-");
        Xunit.Assert.True(ended.ExitCode == 0, ended.Error);

        void Act(string unit, string what) => lines.Append(CultureInfo.InvariantCulture, $$"""{"id":"{{unit}}/{{what}}","unit":"{{unit}}","at":"{{acted}}","event":"{{what}}"}""").Append('\n');
    }

    /// <summary>Checks whenever a look is due until something holds of the answer, and returns how that check ended.</summary>
    public async Task<Ended> CheckUntilAsync(string id, Func<JsonElement, bool> holds)
    {
        for (var looks = 0; looks < 20; looks++)
        {
            var ended = await cli.RunAsync("--json", "experiment", "check", id);
            Xunit.Assert.True(ended.ExitCode is 0 or 1, ended.Error);
            if (holds(ended.Json)) return ended;
            await DueAsync(ended.Json);
        }

        throw new InvalidOperationException($"{id} was looked at again and again in vain: {(await cli.RunAsync("experiment", "show", id)).Output}");
    }

    /// <summary>Waits until the next look of an answer is due.</summary>
    public static Task DueAsync(JsonElement answer)
    {
        var due = answer.GetProperty("next_look_at").GetDateTimeOffset();
        return Eventually.Holds(() => TimeProvider.System.GetUtcNow() > due, $"it is {due:O}", 60);
    }

    /// <summary>Whether an answer says that the experiment has ended.</summary>
    public static bool HasEnded(JsonElement answer) => answer.GetProperty("ended_at").ValueKind != JsonValueKind.Null;
}
