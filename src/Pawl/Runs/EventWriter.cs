using System.Buffers;
using System.Text.Json;

namespace Pawl.Runs;

/// <summary>Writes the events of a run. The recorder puts the event's number in front when the event takes its turn.</summary>
internal static class EventWriter
{
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? s_buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? s_writer;

    public static byte[] Start(Run run) => Write("start_run"u8, run.Id, run, static (to, r) =>
    {
        to.WriteString("goal_id"u8, r.GoalId);
        RunJsonWriter.Instant(to, "started_at"u8, r.StartedAt);
        RunJsonWriter.StartMembers(to, r, JsonDetail.Stored);
        RunJsonWriter.Extra(to, r.Extra);
        if (r.MetricsExtra.Count == 0) return;
        to.WriteStartObject("metrics"u8);
        RunJsonWriter.Extra(to, r.MetricsExtra);
        to.WriteEndObject();
    });

    public static byte[] SetNode(RunId run, string node) => Write("set_node"u8, run, node, static (to, n) => to.WriteString("node_id"u8, n));

    public static byte[] Decide(RunId run, Decision decision) => Decide(run, decision, out _);

    /// <param name="run">The run.</param>
    /// <param name="decision">The decision.</param>
    /// <param name="clean">The part of the event that is known to hold no secret, as far as Pawl knows secrets by their shape.</param>
    public static byte[] Decide(RunId run, Decision decision, out Range clean)
    {
        var state = new Deciding(decision);
        var json = Write("decide"u8, run, state, static (to, s) => s.WriteMembers(to));
        clean = state.Clean;
        return json;
    }

    public static byte[] Outcome(RunId run, string decisionId, Outcome outcome) => Write("record_outcome"u8, run, (decisionId, outcome), static (to, o) =>
    {
        to.WriteString("decision_id"u8, o.decisionId);
        RunJsonWriter.OutcomeMembers(to, o.outcome, JsonDetail.Stored);
        RunJsonWriter.Extra(to, o.outcome.Extra);
    });

    public static byte[] Evaluate(RunId run, string decisionId, DecisionEvaluation evaluation) =>
        Write("evaluate"u8, run, (decisionId, evaluation), static (to, e) =>
        {
            to.WriteString("decision_id"u8, e.decisionId);
            RunJsonWriter.EvaluationMembers(to, e.evaluation, JsonDetail.Stored);
        });

    public static byte[] Edge(RunId run, string edge) => Write("traverse_edge"u8, run, edge, static (to, e) => to.WriteString("edge_id"u8, e));

    public static byte[] Problem(RunId run, Problem problem) => Write("report_problem"u8, run, problem, static (to, p) =>
    {
        to.WriteString("problem_id"u8, p.Id);
        RunJsonWriter.ProblemMembers(to, p, JsonDetail.Stored);
    });

    /// <summary>Said of a run by whoever finds its process gone; carries no number, because it is not the owner's.</summary>
    public static byte[] Stuck(RunId run, Problem problem) => Write("stuck"u8, run, problem, static (to, p) =>
    {
        to.WriteString("problem_id"u8, p.Id);
        RunJsonWriter.ProblemMembers(to, p, JsonDetail.Stored);
    });

    public static byte[] End(Run run) => Write("end_run"u8, run.Id, run, static (to, r) =>
    {
        to.WriteString("status"u8, RunText.Word(r.Status));
        if (r.CompletedAt is { } at) RunJsonWriter.Instant(to, "completed_at"u8, at);
        if (r.Narrative.Length > 0) to.WriteString("narrative"u8, r.Narrative);
        RunJsonWriter.Object(to, "output_data"u8, r.OutputData, JsonDetail.Stored);
        RunJsonWriter.Extra(to, r.Extra);
    });

    private static byte[] Write<T>(ReadOnlySpan<byte> name, RunId run, T state, Action<Utf8JsonWriter, T> members)
    {
        var buffer = s_buffer ??= new ArrayBufferWriter<byte>(4096);
        var writer = s_writer ??= new Utf8JsonWriter(buffer, Json.Plain);
        try
        {
            writer.WriteStartObject();
            writer.WriteString("event"u8, name);
            writer.WriteString("run_id"u8, run.Value);
            members(writer, state);
            writer.WriteEndObject();
            writer.Flush();
            return buffer.WrittenSpan.ToArray();
        }
        finally
        {
            buffer.ResetWrittenCount();
            if (buffer.Capacity > 256 * 1024) (s_buffer, s_writer) = (null, null);
            else writer.Reset();
        }
    }

    private sealed class Deciding(Decision decision)
    {
        public Range Clean { get; private set; } = ..0;

        public void WriteMembers(Utf8JsonWriter to)
        {
            to.WriteString("decision_id"u8, decision.Id);
            RunJsonWriter.BeforeOptions(to, decision);
            var start = to.BytesCommitted + to.BytesPending;
            var isClean = true;
            to.WriteStartArray("options"u8);
            for (var i = 0; i < decision.Options.Count; i++) isClean &= WriteOption(to, decision.Options[i]);
            to.WriteEndArray();
            if (isClean) Clean = (int)start..(int)(to.BytesCommitted + to.BytesPending);
            RunJsonWriter.AfterOptions(to, decision, JsonDetail.Stored);
            RunJsonWriter.Extra(to, decision.Extra);
        }

        private static bool WriteOption(Utf8JsonWriter to, Option option)
        {
            if (StoredOption.Of(option) is not { } stored)
            {
                RunJsonWriter.Option(to, option, JsonDetail.Stored);
                return false;
            }

            to.WriteRawValue(stored.Json, skipInputValidation: true);
            return stored.IsClean;
        }
    }
}
