using System.CommandLine;
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
    return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(20) });
}
catch (Exception e)
{
    return context.Fail(e);
}
