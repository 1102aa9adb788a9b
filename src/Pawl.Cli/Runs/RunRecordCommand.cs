using System.Buffers;
using System.CommandLine;
using System.Threading.Channels;
using Pawl.Runs;

namespace Pawl.Cli.Runs;

/// <summary><c>pawl run record</c></summary>
internal static class RunRecordCommand
{
    private const int AnswersAhead = 4096;

    public static Command Create(CommandContext context)
    {
        var command = new Command(
            "record",
            """
            Record what comes in on standard input: a flat JSON object a line, one event each. Each is answered by a JSON line once it is durable.

              {"event":"start_run","goal_id":"tidy"}                       answers with run_id
              {"event":"decide","run_id":R,"intent":"…","options":[{"id":"a"},{"id":"b"}],"chosen":"a"}   answers with decision_id
              {"event":"record_outcome","run_id":R,"decision_id":"dec_0","success":true}
              {"event":"end_run","run_id":R,"status":"completed"}

            Further events: set_node, evaluate, traverse_edge, report_problem. A member "tag" comes back in the answer.
            """);
        command.SetAction(async (_, cancellationToken) =>
        {
            await using var database = context.OpenDatabase();
            await CheckAsync(database);
            var refused = 0;
            await using (var recorder = new RunRecorder(
                database, database.Runs, new RunRecorderOptions { Durable = true }, log: new StandardErrorLogger<RunRecorder>()))
            {
                refused = await RecordAsync(new RecordProtocol(recorder), cancellationToken);
            }

            return refused == 0 ? ExitCode.Done : ExitCode.BadInput;
        });
        return command;
    }

    // A database that will never take events is said before the first one; one that is merely away does not stop the recording.
    private static async Task CheckAsync(IStore store)
    {
        try
        {
            await store.WriteAsync(_ => true);
        }
        catch (UnavailableException e)
        {
            Terminal.Error("pawl: " + e.Message);
        }
    }

    private static async Task<int> RecordAsync(RecordProtocol protocol, CancellationToken cancellationToken)
    {
        var answers = Channel.CreateBounded<Task<RecordAnswer>>(new BoundedChannelOptions(AnswersAhead) { SingleReader = true, SingleWriter = true });
        var writing = AnswerAsync(answers.Reader);
        await using var input = Console.OpenStandardInput();
        var isFirst = true;
        try
        {
            await foreach (var line in LineReader.ReadAsync(input, Limits.EventBytes, cancellationToken))
            {
                // Some programs begin what they write with a byte order mark.
                var bytes = isFirst && line.Bytes.Span.StartsWith("\uFEFF"u8) ? line.Bytes[3..] : line.Bytes;
                isFirst = false;
                if (bytes.IsEmpty && line.Dropped == 0) continue;
                await answers.Writer.WriteAsync(
                    line.Dropped > 0 ? Task.FromResult(RecordProtocol.TooLong(line.Dropped)) : await protocol.TakeAsync(bytes), cancellationToken);
            }
        }
        finally
        {
            answers.Writer.Complete();
        }

        return await writing;
    }

    // Answers go out in the order of the events, and are flushed when no further one is ready.
    private static async Task<int> AnswerAsync(ChannelReader<Task<RecordAnswer>> answers)
    {
        var refused = 0;
        var buffer = new ArrayBufferWriter<byte>();
        await using var output = Console.OpenStandardOutput();
        await foreach (var pending in answers.ReadAllAsync())
        {
            if (!pending.IsCompleted) await FlushAsync();
            var answer = await pending;
            if (!answer.Ok) refused++;
            answer.WriteTo(buffer);
            if (!answers.TryPeek(out _) || buffer.WrittenCount > 64 * 1024) await FlushAsync();
        }

        return refused;

        async Task FlushAsync()
        {
            if (buffer.WrittenCount == 0) return;
            await output.WriteAsync(buffer.WrittenMemory);
            await output.FlushAsync();
            buffer.ResetWrittenCount();
        }
    }
}
