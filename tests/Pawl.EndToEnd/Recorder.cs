using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary>A running <c>pawl run record</c>: lines go in, answers come out.</summary>
internal sealed class Recorder(Process process) : IDisposable
{
    private readonly Task<string> error = process.StandardError.ReadToEndAsync();

    public Process Process => process;

    public int Id => process.Id;

    /// <summary>Writes one line and flushes it; false when the process is gone.</summary>
    public async Task<bool> SendAsync(string line)
    {
        try
        {
            await process.StandardInput.WriteAsync(line + "\n");
            await process.StandardInput.FlushAsync();
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Writes bytes as they are.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        await process.StandardInput.BaseStream.WriteAsync(bytes);
        await process.StandardInput.BaseStream.FlushAsync();
    }

    /// <summary>The next answer; null when the process closed its output, or died in the middle of a line.</summary>
    public async Task<JsonElement?> AnswerAsync()
    {
        var line = new StringBuilder();
        var one = new char[1];
        while (await process.StandardOutput.ReadAsync(one) == 1)
        {
            if (one[0] == '\n') return JsonSerializer.Deserialize<JsonElement>(line.ToString());
            line.Append(one[0]);
        }

        return null;
    }

    /// <summary>Reads so many answers and counts those that acknowledge. Runs beside the writing: answers that nobody reads fill the pipe.</summary>
    public async Task<int> CountAcknowledgedAsync(int answers)
    {
        var acknowledged = 0;
        for (var i = 0; i < answers && await AnswerAsync() is { } answer; i++)
        {
            if (answer.GetProperty("ok").GetBoolean()) acknowledged++;
        }

        return acknowledged;
    }

    /// <summary>Writes one line and waits for its answer.</summary>
    public async Task<JsonElement> AskAsync(string line)
    {
        await SendAsync(line);
        return await AnswerAsync() ?? throw new InvalidOperationException($"No answer to {line}: {await error}");
    }

    /// <summary>As <see cref="AskAsync"/>, for a line that must be taken.</summary>
    public async Task<JsonElement> TakeAsync(string line)
    {
        var answer = await AskAsync(line);
        Assert.True(answer.GetProperty("ok").GetBoolean(), $"{line} was refused: {answer}");
        return answer;
    }

    /// <summary>Starts a run and returns its id.</summary>
    public async Task<string> StartRunAsync(string goal = "g") =>
        (await TakeAsync($$"""{"event":"start_run","goal_id":"{{goal}}"}""")).GetProperty("run_id").GetString()!;

    /// <summary>kill -9; returns when the process is gone.</summary>
    public Task KillAsync()
    {
        process.Kill();
        return process.WaitForExitAsync();
    }

    /// <summary>Closes its input and waits for the end.</summary>
    public async Task<Ended> EndAsync()
    {
        process.StandardInput.Close();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new Ended(process.ExitCode, output, await error, 0);
    }

    public void Dispose()
    {
        if (!process.HasExited) process.Kill();
        process.Dispose();
    }
}

/// <summary>Lines for <c>run record</c>.</summary>
internal static class Lines
{
    public static string Decide(string run, string rest = "") =>
        $$"""{"event":"decide","run_id":"{{run}}","intent":"i","options":[{"id":"a"},{"id":"b"}],"chosen":"a"{{rest}}}""";

    public static string Outcome(string run, string decision, string rest = "") =>
        $$"""{"event":"record_outcome","run_id":"{{run}}","decision_id":"{{decision}}","success":true{{rest}}}""";

    public static string End(string run, string status = "completed") => $$"""{"event":"end_run","run_id":"{{run}}","status":"{{status}}"}""";
}
