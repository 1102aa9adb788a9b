using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text;
using Pawl.Cli;

Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
var context = new CommandContext();
var root = CommandLine.Root(context);
try
{
    var parsed = root.Parse(args, new ParserConfiguration { EnablePosixBundling = false });
    context.Read(parsed);
    if (args.Length == 0)
    {
        await root.Parse(["--help"]).InvokeAsync();
        return ExitCode.Usage;
    }

    if (parsed.Errors.Count > 0) return context.Usage(string.Join(" ", parsed.Errors.Select(e => e.Message)), parsed.CommandResult.Command);
    // SIGINT and SIGTERM are seen to by the command line. A terminal that is closed, and Ctrl-\, are to end in the same way; the second time at once.
    using var stop = new CancellationTokenSource();
    using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
    using var quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, Stop);
    return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(20) }, stop.Token);

    void Stop(PosixSignalContext signal)
    {
        signal.Cancel = !stop.IsCancellationRequested;
        stop.Cancel();
    }
}
catch (Exception e)
{
    return context.Fail(e);
}
