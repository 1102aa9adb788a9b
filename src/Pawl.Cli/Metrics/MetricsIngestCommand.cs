using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Pawl.Cli.Runs;
using Pawl.Metrics;
using Pawl.Storage;

namespace Pawl.Cli.Metrics;

/// <summary><c>pawl metrics ingest FILE|-</c></summary>
internal static class MetricsIngestCommand
{
    private const int EventsAtOnce = 2000;
    private const int IdsShown = 20;

    public static Command Create(CommandContext context)
    {
        var file = new Argument<string>("FILE") { Description = "JSON lines of exposures and events; - for standard input." };
        var command = new Command(
            "ingest",
            """
            Take exposures and events into Pawl's own database, where sources of kind embedded measure. A JSON object a line:

              {"id":"x1","unit":"ada","at":"2026-03-01T12:00:00Z","flag":"checkout","variant":"control"}
              {"id":"e1","unit":"ada","at":"2026-03-01T12:05:00Z","event":"purchase","value":9.5}

            What has the id of one that is stored already counts once, so a file may be ingested again.
            """) { file };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var name = parsed.GetValue(file)!;
            await using var input = name == "-" ? Console.OpenStandardInput() : Open(name);
            await using var database = context.OpenDatabase();
            var intake = await new Intake(database, name == "-" ? "standard input" : name).TakeAsync(input, cancellationToken);
            if (context.IsJson) CommandContext.WriteJson(to => Write(to, intake));
            else Show(intake);
            return intake.Contradicting.Count == 0 ? ExitCode.Done : ExitCode.BadInput;
        });
        return command;
    }

    private static FileStream Open(string path) =>
        File.Exists(path) ? File.OpenRead(path) : throw new BadInputException($"There is no file {path}.");

    private static void Write(Utf8JsonWriter to, MetricIntake intake)
    {
        to.WriteStartObject();
        to.WriteNumber("added", intake.Added);
        to.WriteNumber("known", intake.Known);
        to.WriteStartArray("contradicting");
        foreach (var id in intake.Contradicting) to.WriteStringValue(id);
        to.WriteEndArray();
        to.WriteEndObject();
    }

    private static void Show(MetricIntake intake)
    {
        Terminal.Line(string.Create(CultureInfo.InvariantCulture, $"{intake.Added} added, {intake.Known} known already, {intake.Contradicting.Count} contradicting"));
        if (intake.Contradicting.Count == 0) return;
        Terminal.Error("These ids are stored with other content, which stays as it is. Give what differs an id of its own:");
        foreach (var id in intake.Contradicting.Take(IdsShown)) Terminal.Error($"  {id}");
        if (intake.Contradicting.Count > IdsShown) Terminal.Error($"  … and {intake.Contradicting.Count - IdsShown} more; --json lists them all");
    }

    /// <summary>Takes lines in, a transaction for some thousands of them.</summary>
    private sealed class Intake(Database database, string name)
    {
        private readonly List<MetricEvent> _waiting = [];
        private readonly List<string> _contradicting = [];
        private int _added;
        private int _known;

        public async Task<MetricIntake> TakeAsync(Stream input, CancellationToken cancellationToken)
        {
            var number = 0L;
            await foreach (var line in LineReader.ReadAsync(input, Limits.EventBytes, cancellationToken))
            {
                if (Read(line, ++number, out var fault) is { } item) _waiting.Add(item);
                if (fault is not null || _waiting.Count == EventsAtOnce) await CommitAsync(cancellationToken);
                if (fault is not null) throw Refusal(number, fault);
            }

            await CommitAsync(cancellationToken);
            return new MetricIntake(_added, _known, _contradicting);
        }

        // An event; or neither an event nor a fault, of an empty line.
        private static MetricEvent? Read(LineReader.Line line, long number, out string? fault)
        {
            // Some programs begin what they write with a byte order mark.
            var bytes = number == 1 && line.Bytes.Span.StartsWith("\uFEFF"u8) ? line.Bytes[3..] : line.Bytes;
            fault = line.Dropped > 0 ? string.Create(CultureInfo.InvariantCulture, $"it has {line.Dropped} bytes, more than the {Limits.EventBytes} of an event") : null;
            if (fault is not null || bytes.Span.Trim(" \t"u8).IsEmpty) return null;
            try
            {
                return MetricEvent.Read(Json.Parse(bytes));
            }
            catch (Exception e) when (e is JsonException or BadInputException)
            {
                fault = e is JsonException ? $"it is no JSON: {e.Message.Split(" LineNumber:")[0]}" : e.Message; // a line has one line
                return null;
            }
        }

        private async Task CommitAsync(CancellationToken cancellationToken)
        {
            if (_waiting.Count == 0) return;
            var intake = await database.WriteAsync(tx => database.Metrics.Add(tx, _waiting), cancellationToken);
            (_added, _known) = (_added + intake.Added, _known + intake.Known);
            _contradicting.AddRange(intake.Contradicting);
            _waiting.Clear();
        }

        private BadInputException Refusal(long number, string fault) => new(string.Create(
            CultureInfo.InvariantCulture,
            $"{name}, line {number}: {fault.TrimEnd('.')}. What stands before it was taken in: {_added} added, {_known} known already, {_contradicting.Count} contradicting. "
            + $"Mend the line and ingest the whole again: nothing counts twice."));
    }
}
