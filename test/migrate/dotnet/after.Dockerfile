FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish -c Release -o /app

FROM registry.example/aspnetcore:8
WORKDIR /app
COPY --from=build /app .
ENTRYPOINT ["dotnet", "shop.dll"]
