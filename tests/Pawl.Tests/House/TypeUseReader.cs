using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Pawl.Tests.House;

/// <summary>
/// Reads from a compiled assembly which of its types use which others: in base types, interfaces, constraints, attributes (with
/// their <c>typeof</c> arguments), fields, signatures, locals, catch clauses and every token in method bodies, including those
/// of lambdas, iterators and async methods. What the compiler leaves no trace of is not seen: constants and <c>nameof</c>.
/// </summary>
internal sealed class TypeUseReader : IDisposable
{
    private readonly PEReader pe;
    private readonly MetadataReader metadata;
    private readonly TypeCollector collector;
    private readonly AttributeTypes attributeTypes;
    private readonly Dictionary<string, TypeDefinitionHandle> byName;

    private TypeUseReader(string assemblyPath)
    {
        pe = new PEReader(File.OpenRead(assemblyPath));
        metadata = pe.GetMetadataReader();
        collector = new TypeCollector();
        attributeTypes = new AttributeTypes();
        byName = metadata.TypeDefinitions.ToDictionary(FullName);
    }

    /// <summary>Every use of one type by another, each pair once, ordered by name.</summary>
    public static IReadOnlyList<TypeUse> Read(string assemblyPath)
    {
        using var reader = new TypeUseReader(assemblyPath);
        var uses = new HashSet<TypeUse>();
        foreach (var type in reader.metadata.TypeDefinitions)
        {
            reader.collector.Seen.Clear();
            reader.VisitType(reader.metadata.GetTypeDefinition(type));
            var from = reader.OutermostName(type);
            uses.UnionWith(reader.collector.Seen.Select(to => new TypeUse(from, reader.OutermostName(to))).Where(use => use.From != use.To));
        }

        return [.. uses.OrderBy(use => use.ToString(), StringComparer.Ordinal)];
    }

    public void Dispose() => pe.Dispose();

    private void VisitType(TypeDefinition type)
    {
        Visit(type.BaseType);
        VisitAttributes(type.GetCustomAttributes());
        VisitGenericParameters(type.GetGenericParameters());
        foreach (var handle in type.GetInterfaceImplementations())
        {
            var implementation = metadata.GetInterfaceImplementation(handle);
            Visit(implementation.Interface);
            VisitAttributes(implementation.GetCustomAttributes());
        }

        foreach (var handle in type.GetFields())
        {
            var field = metadata.GetFieldDefinition(handle);
            field.DecodeSignature(collector, null);
            VisitAttributes(field.GetCustomAttributes());
        }

        foreach (var handle in type.GetProperties())
        {
            VisitAttributes(metadata.GetPropertyDefinition(handle).GetCustomAttributes());
        }

        foreach (var handle in type.GetEvents())
        {
            VisitAttributes(metadata.GetEventDefinition(handle).GetCustomAttributes());
        }

        foreach (var handle in type.GetMethodImplementations())
        {
            Visit(metadata.GetMethodImplementation(handle).MethodDeclaration);
        }

        foreach (var handle in type.GetMethods())
        {
            VisitMethod(metadata.GetMethodDefinition(handle));
        }
    }

    private void VisitMethod(MethodDefinition method)
    {
        method.DecodeSignature(collector, null);
        VisitAttributes(method.GetCustomAttributes());
        VisitGenericParameters(method.GetGenericParameters());
        foreach (var handle in method.GetParameters())
        {
            VisitAttributes(metadata.GetParameter(handle).GetCustomAttributes());
        }

        if (method.RelativeVirtualAddress == 0)
        {
            return;
        }

        var body = pe.GetMethodBody(method.RelativeVirtualAddress);
        if (!body.LocalSignature.IsNil)
        {
            metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(collector, null);
        }

        foreach (var region in body.ExceptionRegions)
        {
            Visit(region.CatchType);
        }

        foreach (var token in IlTokens.Read(body.GetILReader()))
        {
            Visit(MetadataTokens.EntityHandle(token));
        }
    }

    private void Visit(EntityHandle handle)
    {
        if (handle.IsNil)
        {
            return;
        }

        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                collector.Seen.Add((TypeDefinitionHandle)handle);
                break;
            case HandleKind.TypeSpecification:
                metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(collector, null);
                break;
            case HandleKind.MethodDefinition:
                Visit(metadata.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType());
                break;
            case HandleKind.FieldDefinition:
                Visit(metadata.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType());
                break;
            case HandleKind.MemberReference:
                VisitMember(metadata.GetMemberReference((MemberReferenceHandle)handle));
                break;
            case HandleKind.MethodSpecification:
                var specification = metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                Visit(specification.Method);
                specification.DecodeSignature(collector, null);
                break;
            case HandleKind.StandaloneSignature:
                metadata.GetStandaloneSignature((StandaloneSignatureHandle)handle).DecodeMethodSignature(collector, null);
                break;
            case HandleKind.TypeReference:
                break; // A type of another assembly.
            default:
                throw new BadImageFormatException($"Did not expect a token of kind {handle.Kind} to stand for a use.");
        }
    }

    private void VisitMember(MemberReference member)
    {
        Visit(member.Parent);
        if (member.GetKind() == MemberReferenceKind.Field)
        {
            member.DecodeFieldSignature(collector, null);
        }
        else
        {
            member.DecodeMethodSignature(collector, null);
        }
    }

    private void VisitGenericParameters(GenericParameterHandleCollection parameters)
    {
        foreach (var handle in parameters)
        {
            var parameter = metadata.GetGenericParameter(handle);
            VisitAttributes(parameter.GetCustomAttributes());
            foreach (var constraint in parameter.GetConstraints())
            {
                Visit(metadata.GetGenericParameterConstraint(constraint).Type);
            }
        }
    }

    private void VisitAttributes(CustomAttributeHandleCollection attributes)
    {
        foreach (var handle in attributes)
        {
            var attribute = metadata.GetCustomAttribute(handle);
            Visit(attribute.Constructor);
            var value = attribute.DecodeValue(attributeTypes);
            foreach (var argument in value.FixedArguments)
            {
                VisitArgument(argument.Type, argument.Value);
            }

            foreach (var argument in value.NamedArguments)
            {
                VisitArgument(argument.Type, argument.Value);
            }
        }
    }

    private void VisitArgument(string type, object? value)
    {
        VisitName(type);
        if (value is System.Collections.Immutable.ImmutableArray<CustomAttributeTypedArgument<string>> elements)
        {
            foreach (var element in elements)
            {
                VisitArgument(element.Type, element.Value);
            }
        }
        else if (type == AttributeTypes.SystemType && value is string name)
        {
            VisitName(name);
        }
    }

    // Attributes name types as text, as Type.AssemblyQualifiedName does; names of other assemblies are not in the table.
    private void VisitName(string name)
    {
        if (!TypeName.TryParse(name, out var parsed))
        {
            throw new BadImageFormatException($"An attribute names a type in a way that is not understood: '{name}'.");
        }

        var pending = new Stack<TypeName>([parsed]);
        while (pending.TryPop(out var current))
        {
            if (current.IsArray || current.IsPointer || current.IsByRef)
            {
                pending.Push(current.GetElementType());
            }
            else if (current.IsConstructedGenericType)
            {
                pending.Push(current.GetGenericTypeDefinition());
                foreach (var argument in current.GetGenericArguments())
                {
                    pending.Push(argument);
                }
            }
            else if (byName.TryGetValue(current.FullName, out var handle))
            {
                collector.Seen.Add(handle);
            }
        }
    }

    private string FullName(TypeDefinitionHandle handle)
    {
        var type = metadata.GetTypeDefinition(handle);
        var name = metadata.GetString(type.Name);
        if (type.IsNested)
        {
            return $"{FullName(type.GetDeclaringType())}+{name}";
        }

        return type.Namespace.IsNil ? name : $"{metadata.GetString(type.Namespace)}.{name}";
    }

    private string OutermostName(TypeDefinitionHandle handle)
    {
        while (metadata.GetTypeDefinition(handle).GetDeclaringType() is { IsNil: false } outer)
        {
            handle = outer;
        }

        return FullName(handle);
    }
}
